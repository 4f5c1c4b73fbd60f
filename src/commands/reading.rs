//! The flags by which files are read, checked.

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::cli::reading::{CompressionArg, InputFormat, ReadingArgs, TimeUnitArg};
use crate::error::{Error, Kind, Result};
use crate::source::ReadOptions;
use crate::source::sniff::{Compression, Format};
use crate::source::timestamp::TimeUnit;
use crate::ui::text::counted;

/// How files are written; what is not said is found out.
pub(super) fn options(args: &ReadingArgs) -> Result<ReadOptions> {
    Ok(ReadOptions {
        format: args.input_format.map(|format| match format {
            InputFormat::Csv => Format::Csv,
            InputFormat::Ndjson => Format::Ndjson,
            InputFormat::Json => Format::Json,
            InputFormat::Parquet => Format::Parquet,
        }),
        compression: args.compression.map(|compression| match compression {
            CompressionArg::None => Compression::None,
            CompressionArg::Gzip => Compression::Gzip,
            CompressionArg::Zstd => Compression::Zstd,
        }),
        delimiter: args.delimiter.as_deref().map(delimiter).transpose()?,
        ..ReadOptions::default()
    })
}

/// The unit of times that are numbers.
pub(super) fn time_unit(unit: TimeUnitArg) -> TimeUnit {
    match unit {
        TimeUnitArg::S => TimeUnit::Seconds,
        TimeUnitArg::Ms => TimeUnit::Millis,
        TimeUnitArg::Us => TimeUnit::Micros,
        TimeUnitArg::Ns => TimeUnit::Nanos,
    }
}

fn delimiter(text: &str) -> Result<u8> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        &[byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n.-+".contains(&byte) => Ok(byte),
        _ => Err(Error::usage(format!("--delimiter can't be '{}'", text.escape_debug()))
            .hint("give one character such as ; or |, or the word tab")),
    }
}

/// Which parameters are wanted, by patterns of their names; none means all.
pub(super) fn parameters(patterns: &[String]) -> Result<GlobSet> {
    let wrong = |error: &globset::Error| Error::usage(format!("--parameter: {error}"));
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(Glob::new(pattern).map_err(|error| wrong(&error))?);
    }
    builder.build().map_err(|error| wrong(&error))
}

/// How much may be bad.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum MaxBad {
    /// As much as there is, as long as something is left.
    Any,
    /// So many.
    Count(u64),
    /// A share of all, from 0 to 1.
    Share(f64),
}

impl MaxBad {
    /// Reads the flag, which speaks of so many of these: rows, records.
    pub fn parse(text: Option<&str>, what: &str) -> Result<Self> {
        let Some(text) = text else { return Ok(Self::Any) };
        let share = text.strip_suffix('%').and_then(|percent| percent.trim().parse::<f64>().ok());
        match (share, text.parse()) {
            (Some(percent), _) if (0.0..=100.0).contains(&percent) => Ok(Self::Share(percent / 100.0)),
            (None, Ok(count)) => Ok(Self::Count(count)),
            _ => Err(Error::usage(format!("--max-bad can't be '{}'", text.escape_debug()))
                .hint(format!("give a number of {what}s such as 100, or a share such as 1%"))),
        }
    }

    /// Fails if too many of these are bad: rows, records. `hint` says what that means for the others.
    pub fn check(self, bad: u64, good: u64, what: &str, hint: &str) -> Result<()> {
        let allowed = match self {
            Self::Any => return Ok(()),
            Self::Count(count) => count,
            Self::Share(share) => (share * (good + bad) as f64) as u64,
        };
        if bad <= allowed {
            return Ok(());
        }
        let message = format!("{} but --max-bad allows {allowed}", counted(bad, &format!("bad {what}")));
        Err(Error::new(Kind::TooManyBad, message).hint(hint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_may_be_bad_as_was_said() {
        let parse = |text| MaxBad::parse(text, "row");
        let check = |text, bad, good| parse(text).unwrap().check(bad, good, "row", "").is_ok();
        assert!(check(None, 99, 1) && check(Some("3"), 3, 0) && check(Some("1%"), 1, 99));
        assert!(!check(Some("2"), 3, 100) && !check(Some("0%"), 1, 1_000_000) && !check(Some("1%"), 1, 98));
        assert!(["x", "-1", "101%", "1.5"].iter().all(|bad| parse(Some(bad)).is_err()));
    }
}
