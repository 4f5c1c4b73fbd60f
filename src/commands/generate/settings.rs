//! What of the flags of `generate` is valid.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime};

use crate::cli::generate::{FormatArg, GenerateArgs, KindArg, NoiseArg, OrderArg, PresetArg};
use crate::domain::measurement::{END_OF_TIME, FIRST_TIME, HOUR, Millis};
use crate::domain::synthetic::Recipe;
use crate::domain::synthetic::anomaly::{Kind, Room, Wanted};
use crate::domain::synthetic::noise::Noise;
use crate::domain::synthetic::preset::Preset;
use crate::domain::synthetic::record::Style;
use crate::domain::synthetic::table::Order;
use crate::domain::zone::Zone;
use crate::error::{Error, Result};
use crate::s3::address::Address;
use crate::ui::text::grouped;

/// Anomalies of a parameter where the range has room for them and nothing else was asked for.
const ANOMALIES: usize = 3;

/// How data is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text.
    Text(Style),
    /// Parquet, its rows in this order.
    Parquet(Order),
}

/// Where data and truth go.
#[derive(Clone, Debug)]
pub struct Output {
    /// How data is written.
    pub format: Format,
    /// Where data goes; standard output where `None`.
    pub data: Option<PathBuf>,
    /// Where the truth goes, if anywhere.
    pub truth: Option<PathBuf>,
}

/// The recipe of what was asked for.
///
/// # Errors
/// When it is impossible; the message names the flag.
pub fn recipe(args: &GenerateArgs) -> Result<Recipe> {
    let (from, to) = range(args)?;
    let noise = match args.noise {
        NoiseArg::Normal => Noise::Normal,
        NoiseArg::Heavy => Noise::Heavy,
        NoiseArg::Counts => Noise::Counts,
    };
    if noise == Noise::Counts && args.noise_size.is_some() {
        let error = Error::usage("--noise-size does not go with --noise counts, whose variance is their level");
        return Err(error.hint("leave one of them out"));
    }
    let weeks = (to - from) as f64 / (168 * HOUR) as f64;
    if 1.0 + args.trend * weeks <= 0.0 {
        let message = format!("--trend of {}%/week takes the levels below zero within the range", args.trend * 100.0);
        return Err(Error::usage(message).hint(format!("allowed is more than {:.3}%/week", -100.0 / weeks)));
    }
    let preset = match args.preset {
        PresetArg::Web => Preset::Web,
        PresetArg::Batch => Preset::Batch,
        PresetArg::Iot => Preset::Iot,
        PresetArg::Flat => Preset::Flat,
    };
    let wanted = Wanted { per_parameter: 0, kinds: kinds(args), size: args.size };
    let mut recipe = Recipe {
        preset,
        seed: args.seed,
        from,
        to,
        every: args.every,
        parameters: args.parameters as usize,
        zone: args.timezone,
        trend: args.trend,
        noise,
        noise_size: args.noise_size,
        missing: args.missing,
        late: args.late,
        duplicates: args.duplicates,
        events: args.events,
        logs: args.logs,
        anomalies: wanted,
    };
    recipe.anomalies.per_parameter = anomalies(args, &recipe)?;
    Ok(recipe)
}

fn kinds(args: &GenerateArgs) -> Vec<Kind> {
    if args.kinds.is_empty() {
        return Kind::ALL.to_vec();
    }
    let kind = |kind: &KindArg| match kind {
        KindArg::Spike => Kind::Spike,
        KindArg::Dip => Kind::Dip,
        KindArg::LevelShift => Kind::LevelShift,
        KindArg::Drift => Kind::Drift,
        KindArg::Flatline => Kind::Flatline,
        KindArg::VarianceBurst => Kind::VarianceBurst,
        KindArg::Silence => Kind::Silence,
    };
    args.kinds.iter().map(kind).collect()
}

fn anomalies(args: &GenerateArgs, recipe: &Recipe) -> Result<usize> {
    if !(args.size > 0.0 && args.size <= 1e6) {
        return Err(Error::usage(format!("--size must be above 0 and at most 1,000,000, not {}", args.size)));
    }
    let most = Room::new(recipe.steps(), recipe.every).most(&recipe.anomalies.kinds);
    match args.anomalies {
        None => Ok(most.min(ANOMALIES)),
        Some(count) if count as usize <= most => Ok(count as usize),
        Some(count) => {
            let most = grouped(most as u64);
            let message = format!("--anomalies {count} do not fit: the range has room for {most} of each parameter");
            Err(Error::usage(message)
                .hint("take fewer, a longer range (--days), or only short ones (--kinds spike,dip)"))
        }
    }
}

/// The range `[from, to)`.
fn range(args: &GenerateArgs) -> Result<(Millis, Millis)> {
    let zone = args.timezone;
    let from = moment("--from", &args.from, zone)?;
    let to = match &args.to {
        Some(text) => moment("--to", text, zone)?,
        None => {
            let end = zone.civil(from).checked_add_days(Days::new(args.days.into()));
            end.map(|end| zone.moment(end))
                .filter(|end| *end <= END_OF_TIME)
                .ok_or_else(|| Error::usage(format!("--days {} ends after the year 2199", args.days)))?
        }
    };
    if to <= from {
        let [from, to] = [from, to].map(|time| zone.rfc3339(time));
        return Err(Error::usage(format!("--to {to} is not after --from {from}")).hint("--to is exclusive"));
    }
    Ok((from, to))
}

/// A time: RFC 3339, or a civil time or date in the zone.
fn moment(flag: &str, text: &str, zone: Zone) -> Result<Millis> {
    let civil = |format| NaiveDateTime::parse_from_str(text, format).ok();
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|date| date.and_time(NaiveTime::MIN));
    let time = match DateTime::parse_from_rfc3339(text) {
        Ok(time) => Some(time.timestamp_millis()),
        Err(_) => civil("%Y-%m-%dT%H:%M:%S").or_else(|| civil("%Y-%m-%dT%H:%M")).or_else(date).and_then(|civil| {
            // so far away from anything that it would overflow
            (civil.date() > NaiveDate::MIN && civil.and_utc().timestamp_millis() < END_OF_TIME * 2)
                .then(|| zone.moment(civil))
        }),
    };
    let Some(time) = time else {
        let error = Error::usage(format!("{flag} '{}' is not a time", text.escape_debug()));
        return Err(error.hint("write 2024-01-01, 2024-01-01T06:00 or 2024-01-01T06:00:00Z"));
    };
    if !(FIRST_TIME..=END_OF_TIME).contains(&time) {
        return Err(Error::usage(format!("{flag} '{text}' is not between the years 1900 and 2200")));
    }
    Ok(time)
}

/// Where data and truth go, and how; `terminal` says whether standard output is one.
///
/// # Errors
/// When flags and endings contradict each other.
pub fn output(args: &GenerateArgs, terminal: bool) -> Result<Output> {
    let data = args.output.clone().filter(|path| path.as_os_str() != "-");
    let by_ending = data.as_deref().map_or(Ok(None), ending)?;
    let format = match (args.format, by_ending) {
        (Some(format), Some(ending)) if format != ending => {
            let [format, ending] = [format, ending].map(name);
            let path = data.unwrap_or_default();
            let message = format!("--format {format} contradicts the ending of --output {}, {ending}", path.display());
            return Err(Error::usage(message).hint("leave --format out, or change the ending"));
        }
        (format, ending) => format.or(ending).unwrap_or(FormatArg::Ndjson),
    };
    if format == FormatArg::Parquet && data.as_deref().is_some_and(|path| compression(path).is_some()) {
        return Err(Error::usage("--format parquet is compressed by itself").hint("take .gz or .zst off --output"));
    }
    if format == FormatArg::Parquet && data.is_none() && terminal && !args.dry_run {
        return Err(Error::usage("Parquet is not for a terminal").hint("add --output data.parquet"));
    }
    if format != FormatArg::Parquet && args.order.is_some() {
        let error = Error::usage(format!("--order is for Parquet; {} is in the order of time", name(format)));
        return Err(error.hint("leave --order out, or add --format parquet"));
    }
    let format = match format {
        FormatArg::Ndjson => Format::Text(Style::Ndjson),
        FormatArg::Csv => Format::Text(Style::Csv),
        FormatArg::Parquet => Format::Parquet(match args.order {
            Some(OrderArg::Time) => Order::Time,
            Some(OrderArg::Parameter) | None => Order::Parameter,
        }),
    };
    let truth = args.truth.clone().or_else(|| data.as_deref().filter(|data| is_plain(data)).map(truth_beside));
    if truth.is_some() && truth == data {
        return Err(Error::usage("--truth and --output are the same file").hint("give them different names"));
    }
    if data.is_none() && truth.as_deref().is_some_and(|path| path.as_os_str() == "-") {
        let error = Error::usage("--truth and --output can't both be standard output");
        return Err(error.hint("name a file for one of them"));
    }
    Ok(Output { format, data, truth })
}

/// The compression that an ending asks for.
#[must_use]
pub fn compression(path: &Path) -> Option<Compression> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "gz" => Some(Compression::Gzip),
        "zst" => Some(Compression::Zstd),
        _ => None,
    }
}

/// A compression of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// The format that a name's ending stands for, if any; endings of known formats that can't be written are refused.
fn ending(path: &Path) -> Result<Option<FormatArg>> {
    let stem = compression(path).map_or_else(|| path.to_owned(), |_| path.with_extension(""));
    let ending = stem.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("ndjson" | "jsonl" | "json") => Ok(Some(FormatArg::Ndjson)),
        Some("csv") => Ok(Some(FormatArg::Csv)),
        Some("parquet" | "pq") => Ok(Some(FormatArg::Parquet)),
        Some(other @ ("tsv" | "xlsx" | "avro" | "orc" | "arrow" | "feather" | "bz2" | "xz" | "zip")) => {
            let error = Error::usage(format!("--output {}: cannot write .{other}", path.display()));
            Err(error.hint("end it in .ndjson, .csv (also with .gz or .zst) or .parquet"))
        }
        _ => Ok(None),
    }
}

fn name(format: FormatArg) -> &'static str {
    match format {
        FormatArg::Ndjson => "ndjson",
        FormatArg::Csv => "csv",
        FormatArg::Parquet => "parquet",
    }
}

/// Whether a name is that of a file, or of nothing yet; devices and pipes have nothing beside them.
#[must_use]
pub fn is_plain(path: &Path) -> bool {
    if let Some(Ok(Some(address))) = path.to_str().map(Address::parse) {
        return address.names_object();
    }
    path.metadata().map_or(true, |metadata| metadata.is_file())
}

/// `data.truth.ndjson` beside `data.csv.gz`.
fn truth_beside(data: &Path) -> PathBuf {
    let stem = compression(data).map_or_else(|| data.to_owned(), |_| data.with_extension(""));
    stem.with_extension("truth.ndjson")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_truth_lies_beside_the_data() {
        for data in ["a/data.ndjson", "a/data.csv.gz", "a/data", "a/data.parquet"] {
            assert_eq!(truth_beside(Path::new(data)), Path::new("a/data.truth.ndjson"));
        }
    }

    #[test]
    fn dates_are_read_in_the_zone() {
        let zurich = Zone::parse("Europe/Zurich").unwrap();
        let read = |text| moment("--from", text, zurich).map(|time| zurich.rfc3339(time)).ok();
        assert_eq!(read("2024-07-01").as_deref(), Some("2024-07-01T00:00:00+02:00"));
        assert_eq!(read("2024-01-01T06:30").as_deref(), Some("2024-01-01T06:30:00+01:00"));
        assert_eq!(read("2024-01-01T06:30:00Z").as_deref(), Some("2024-01-01T07:30:00+01:00"));
        let bad = ["yesterday", "2024-02-30", "", "1800-01-01", "3000-01-01", "-262143-01-01", "+262142-12-31"];
        assert!(bad.iter().all(|bad| read(bad).is_none()));
    }
}
