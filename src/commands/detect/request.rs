//! What was asked for, checked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::wishes;
use crate::cli::detect::{DetectArgs, MethodArg, OutputFormat};
use crate::commands::reading::{self, MaxBad};
use crate::domain::budget::Budget;
use crate::domain::dataset::Dataset;
use crate::domain::detector::Method;
use crate::domain::monitor::NoState;
use crate::domain::zone::Zone;
use crate::error::{Error, Result};
use crate::pipeline::files::{FileReport, Options, Unit};
use crate::pipeline::judge::Judge;
use crate::pipeline::rules::Thresholds;
use crate::s3::Access;
use crate::s3::address::is_on_s3;
use crate::settings::Settings;
use crate::source::{self, ReadOptions};

/// A checked request.
pub(super) struct Request {
    pub units: Vec<Unit>,
    pub options: Options,
    pub budget: Option<Budget>,
    /// Where the incidents go; `-` is standard output.
    pub output: PathBuf,
    pub format: OutputFormat,
    pub top: Option<usize>,
    pub scores: Option<PathBuf>,
    pub labels: Option<PathBuf>,
    pub max_bad: MaxBad,
    pub exit_code: bool,
    /// How S3 is reached.
    pub access: Access,
    /// Labels of files that were found in a folder.
    found_in_folder: BTreeSet<String>,
    several: bool,
}

impl Request {
    /// Checks the flags.
    pub fn from_args(args: &DetectArgs, settings: &Settings) -> Result<Self> {
        let method = method(args.method.unwrap_or(MethodArg::Adaptive));
        let zone = zone(args.timezone.as_deref().unwrap_or("UTC"))?;
        let inputs = source::input::discover(&args.inputs, &settings.access)?;
        let several = inputs.len() > 1 || inputs.iter().any(|input| input.from_directory);
        let found_in_folder =
            inputs.iter().filter(|input| input.from_directory).map(|input| input.label.clone()).collect();
        for path in [args.output.as_deref(), args.scores.as_deref()].into_iter().flatten() {
            let labels = args.labels.as_deref();
            refuse_to_overwrite(path, inputs.iter().map(|input| input.path.as_path()).chain(labels))?;
        }
        let stdout = Path::new("-");
        if args.scores.as_deref() == Some(args.output.as_deref().unwrap_or(stdout)) {
            return Err(Error::usage("--scores and the incidents would go to the same place")
                .hint("give --output another file, or --scores"));
        }
        let units = if args.concat {
            vec![Unit { label: concatenated(&args.inputs), inputs }]
        } else {
            inputs.into_iter().map(|input| Unit { label: input.label.clone(), inputs: vec![input] }).collect()
        };
        let (found, threshold) = ((found_in_folder, several), threshold(args.threshold, method)?);
        Self::assemble(args, settings, units, (method, threshold, zone), found)
    }

    /// Checks the flags of detection in a store.
    pub fn of_store(args: &DetectArgs, settings: &Settings, dataset: &Dataset, judge: &Judge) -> Result<Self> {
        let chosen = args.method.map_or(judge.method, method);
        if chosen != judge.method {
            return Err(Error::usage(NoState::Method(chosen).to_string()).hint("detect FILES works with every method"));
        }
        if let (Some(path), Some(labels)) = (args.output.as_deref(), args.labels.as_deref()) {
            refuse_to_overwrite(path, std::iter::once(labels))?;
        }
        let units = vec![Unit { label: dataset.to_string(), inputs: Vec::new() }];
        let threshold = match args.threshold {
            Some(_) => threshold(args.threshold, chosen)?,
            None => judge.threshold,
        };
        Self::assemble(args, settings, units, (chosen, threshold, judge.zone), (BTreeSet::new(), false))
    }

    fn assemble(
        args: &DetectArgs,
        settings: &Settings,
        units: Vec<Unit>,
        (method, threshold, zone): (Method, f64, Zone),
        (found_in_folder, several): (BTreeSet<String>, bool),
    ) -> Result<Self> {
        let output = args.output.clone().unwrap_or_else(|| "-".into());
        let options = Options {
            method,
            threshold,
            thresholds: Thresholds::new(),
            wishes: wishes::checked(&args.direction, &args.min_change)?,
            count_only: false,
            zone,
            parameters: reading::parameters(&args.parameter)?,
            keep_exceedance_times: args.labels.is_some(),
            scores: args.scores.is_some().then(Arc::default),
            read: read_options(args, zone)?,
            threads: settings.threads,
        };
        Ok(Self {
            units,
            options,
            budget: args.budget,
            format: args
                .format
                .or_else(|| format_by_ending(&output))
                .or(settings.format)
                .unwrap_or(OutputFormat::Table),
            output,
            top: args.top.map(|top| if top == 0 { usize::MAX } else { top }),
            scores: args.scores.clone(),
            labels: args.labels.clone(),
            max_bad: MaxBad::parse(args.max_bad.as_deref(), "row")?,
            exit_code: args.exit_code,
            access: settings.access.clone(),
            found_in_folder,
            several,
        })
    }

    /// Whether there is just one file, named by the user.
    pub fn is_single(&self) -> bool {
        !self.several
    }

    /// Whether a file lies in a folder by chance, so that it is no error if there is no data in it. What looks like
    /// data by its ending, and is cut off or damaged, is an error everywhere.
    pub fn may_hold_no_data(&self, file: &FileReport) -> bool {
        let sure = [".parquet", ".gz", ".zst"].iter().any(|ending| file.label.ends_with(ending));
        let unreadable = file.error.as_ref().is_some_and(|error| sure || error.is_io());
        self.is_from_folder(&file.label) && !unreadable
    }

    /// Whether a file was found in a folder, and not named.
    pub fn is_from_folder(&self, label: &str) -> bool {
        self.found_in_folder.contains(label)
    }
}

fn method(name: MethodArg) -> Method {
    match name {
        MethodArg::Adaptive => Method::DEFAULT,
        MethodArg::Adaptive1 => Method::Adaptive,
        MethodArg::Adaptive2 => Method::Adaptive2,
        MethodArg::Classic => Method::Classic,
    }
}

fn read_options(args: &DetectArgs, zone: Zone) -> Result<ReadOptions> {
    Ok(ReadOptions {
        time_column: args.time_column.clone(),
        parameter_column: args.parameter_column.clone(),
        value_column: args.value_column.clone(),
        time_unit: args.time_unit.map(reading::time_unit),
        zone,
        ..reading::options(&args.reading)?
    })
}

fn zone(name: &str) -> Result<Zone> {
    Zone::parse(name).ok_or_else(|| {
        let error = Error::usage(format!("--timezone: there is no zone '{}'", name.escape_debug()));
        match Zone::suggestions(name).as_slice() {
            [] => error.hint("give an IANA name such as Europe/Zurich, America/New_York or UTC"),
            names => error.hint(format!("did you mean {}?", names.join(" or "))),
        }
    })
}

fn threshold(threshold: Option<f64>, method: Method) -> Result<f64> {
    match threshold {
        None => Ok(method.default_threshold()),
        Some(threshold) if threshold > 0.0 && threshold <= 300.0 => Ok(threshold),
        Some(threshold) => {
            Err(Error::usage(format!("--threshold must be more than 0 and at most 300, not {threshold}"))
                .hint(format!("the default is {:.2}; lower finds more", method.default_threshold())))
        }
    }
}

fn format_by_ending(path: &Path) -> Option<OutputFormat> {
    match path.extension()?.to_str()? {
        "json" => Some(OutputFormat::Json),
        "ndjson" | "jsonl" => Some(OutputFormat::Ndjson),
        "csv" => Some(OutputFormat::Csv),
        "txt" => Some(OutputFormat::Table),
        _ => None,
    }
}

/// Results never replace the data they were made from.
fn refuse_to_overwrite<'a>(path: &Path, mut inputs: impl Iterator<Item = &'a Path>) -> Result<()> {
    let overwritten = match path.canonicalize() {
        _ if is_on_s3(path) => inputs.any(|input| input.as_os_str() == path.as_os_str()),
        Ok(target) => target.is_file() && inputs.any(|input| input.canonicalize().is_ok_and(|input| input == target)),
        Err(_) => false,
    };
    if overwritten {
        return Err(Error::usage(format!("{} is an input; it would be overwritten", path.display()))
            .hint("write to another file"));
    }
    Ok(())
}

fn concatenated(inputs: &[String]) -> String {
    match inputs {
        [only] => only.clone(),
        _ => format!("{} and {} more", inputs[0], inputs.len() - 1),
    }
}
