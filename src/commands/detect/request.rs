//! What was asked for, checked: a request for files, or one for a store. What was typed is in [`DetectArgs`]; flags of the
//! other mode are refused here, once, and later code can't see them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobSet;

use super::attention;
use crate::cli::detect::{DetectArgs, ExitCodeArg, MethodArg, OutputFormat};
use crate::cli::moment::RangeArgs;
use crate::cli::reading::ReadingArgs;
use crate::cli::store::StoreArgs;
use crate::commands::reading::{self, MaxBad};
use crate::domain::budget::Budget;
use crate::domain::detector::{Method, checked_threshold};
use crate::domain::zone::Zone;
use crate::error::{Cause, Error, Result};
use crate::pipeline::files::{Aim, FileReport, Options, Unit};
use crate::pipeline::rules::{AttentionRule, RuleSet};
use crate::s3::Access;
use crate::s3::address::is_on_s3;
use crate::settings::Settings;
use crate::source::{self, ReadOptions};

/// A checked request.
pub(super) enum Request {
    /// To detect in files.
    Files(Box<FilesRequest>),
    /// To go on with live detection in a store.
    Store(Box<StoreRequest>),
}

/// How results are shown, in files and in a store alike.
pub(super) struct Show {
    /// Where the incidents go; `-` is standard output.
    pub output: PathBuf,
    pub format: OutputFormat,
    pub top: Option<usize>,
    pub labels: Option<PathBuf>,
    pub exit_code: Option<ExitCodeArg>,
    /// How S3 is reached.
    pub access: Access,
}

/// Detection in files.
pub(super) struct FilesRequest {
    pub show: Show,
    pub units: Vec<Unit>,
    pub options: Options,
    pub budget: Option<Budget>,
    pub scores: Option<PathBuf>,
    pub max_bad: MaxBad,
    /// The words that were typed, for the next command.
    pub typed: Vec<String>,
    /// What was said of the attention, for messages.
    pub attention: Vec<AttentionRule>,
    /// Labels of files that were found in a folder.
    pub found_in_folder: BTreeSet<String>,
    several: bool,
}

/// Detection in a store.
pub(super) struct StoreRequest {
    pub show: Show,
    pub store: StoreArgs,
    pub range: RangeArgs,
    pub version: Option<u32>,
    pub dry_run: bool,
    /// Which parameters are shown; none means all.
    pub parameters: GlobSet,
    /// What is tried in place of the settings of the dataset, without writing anything.
    pub trial: Trial,
}

/// Rules that are tried in place of those of a dataset.
pub(super) struct Trial {
    pub method: Option<Method>,
    threshold: Option<f64>,
    attention: Vec<AttentionRule>,
}

impl Request {
    /// Checks the flags.
    pub fn from_args(args: &DetectArgs, settings: &Settings) -> Result<Self> {
        if args.inputs.is_empty() {
            StoreRequest::from_args(args, settings).map(|request| Self::Store(Box::new(request)))
        } else {
            FilesRequest::from_args(args, settings).map(|request| Self::Files(Box::new(request)))
        }
    }
}

impl Show {
    fn from_args(args: &DetectArgs, settings: &Settings) -> Self {
        let output = args.output.clone().unwrap_or_else(|| "-".into());
        Self {
            format: args
                .format
                .or_else(|| format_by_ending(&output))
                .or(settings.format)
                .unwrap_or(OutputFormat::Table),
            output,
            top: args.top.map(|top| if top == 0 { usize::MAX } else { top }),
            labels: args.labels.clone(),
            exit_code: args.exit_code,
            access: settings.access.clone(),
        }
    }
}

impl FilesRequest {
    fn from_args(args: &DetectArgs, settings: &Settings) -> Result<Self> {
        refuse_flags_of_a_store(args)?;
        let method = method(args.method.unwrap_or(MethodArg::Adaptive));
        let zone = zone(args.timezone.as_deref().unwrap_or("UTC"))?;
        let threshold = threshold(args.threshold, method)?;
        let attention = attention::checked(&args.direction, &args.min_change)?;
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
        let options = Options {
            rules: RuleSet::new(method, zone).overlaid(threshold, attention.clone()),
            thresholds: BTreeMap::new(),
            aim: Aim::Find { keep_times: args.labels.is_some(), scores: args.scores.is_some().then(Arc::default) },
            parameters: reading::parameters(&args.parameter)?,
            read: read_options(args, zone)?,
            threads: settings.threads,
        };
        Ok(Self {
            show: Show::from_args(args, settings),
            units,
            options,
            budget: args.budget,
            scores: args.scores.clone(),
            max_bad: MaxBad::parse(args.max_bad.as_deref(), "row")?,
            typed: settings.typed.clone(),
            attention,
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
        let unreadable = file.error.as_ref().is_some_and(|error| sure || error.cause() == Cause::System);
        self.found_in_folder.contains(&file.label) && !unreadable
    }
}

impl StoreRequest {
    fn from_args(args: &DetectArgs, settings: &Settings) -> Result<Self> {
        refuse_flags_of_files(args)?;
        if !args.dry_run {
            refuse_a_trial(args)?;
        }
        let method = args.method.map(method);
        let threshold = threshold(args.threshold, method.unwrap_or(Method::DEFAULT))?;
        if let (Some(path), Some(labels)) = (args.output.as_deref(), args.labels.as_deref()) {
            refuse_to_overwrite(path, std::iter::once(labels))?;
        }
        Ok(Self {
            show: Show::from_args(args, settings),
            store: args.store.clone(),
            range: args.range,
            version: args.model_version,
            dry_run: args.dry_run,
            parameters: reading::parameters(&args.parameter)?,
            trial: Trial { method, threshold, attention: attention::checked(&args.direction, &args.min_change)? },
        })
    }
}

impl Trial {
    /// The rules of a dataset with those that are tried on top.
    pub fn on(&self, rules: RuleSet) -> RuleSet {
        rules.overlaid(self.threshold, self.attention.clone())
    }
}

fn refuse_flags_of_a_store(args: &DetectArgs) -> Result<()> {
    let of_store = [
        (args.store.store.is_some() || args.store.dataset.is_some(), "--store and --dataset"),
        (!args.range.is_empty(), "--from and --to"),
        (args.model_version.is_some(), "--model-version"),
        (args.dry_run, "--dry-run"),
    ];
    refuse(&of_store, |flags| {
        Error::usage(format!("{flags}: files have none, they are for detection in a store"))
            .hint("leave out the files, or the flags of a store")
    })
}

fn refuse_flags_of_files(args: &DetectArgs) -> Result<()> {
    let ReadingArgs { input_format, compression, delimiter } = &args.reading;
    let for_files = [
        (args.scores.is_some(), "--scores"),
        (args.budget.is_some(), "--budget"),
        (args.concat, "--concat"),
        (args.timezone.is_some(), "--timezone"),
        (args.max_bad.is_some(), "--max-bad"),
        (input_format.is_some(), "--input-format"),
        (compression.is_some(), "--compression"),
        (delimiter.is_some(), "--delimiter"),
        (args.time_column.is_some(), "--time-column"),
        (args.parameter_column.is_some(), "--parameter-column"),
        (args.value_column.is_some(), "--value-column"),
        (args.time_unit.is_some(), "--time-unit"),
    ];
    refuse(&for_files, |flag| {
        Error::usage(format!("{flag} is for files, but none are named"))
            .hint("name files; or leave it out to go on with live detection in a store")
    })
}

/// Refuses what decides results where they are kept.
fn refuse_a_trial(args: &DetectArgs) -> Result<()> {
    let deciding = [
        (args.threshold.is_some(), "--threshold"),
        (!args.direction.is_empty(), "--direction"),
        (!args.min_change.is_empty(), "--min-change"),
        (args.method.is_some(), "--method"),
    ];
    refuse(&deciding, |flag| {
        Error::usage(format!("{flag} decides results, and those of a store are decided by its settings"))
            .hint("try it with --dry-run, which writes nothing")
    })
}

fn refuse(flags: &[(bool, &'static str)], why: impl FnOnce(&str) -> Error) -> Result<()> {
    let given = flags.iter().find(|(is_given, _)| *is_given);
    given.map_or(Ok(()), |(_, flag)| Err(why(flag)))
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

fn threshold(threshold: Option<f64>, method: Method) -> Result<Option<f64>> {
    let checked = threshold.map(checked_threshold).transpose();
    checked.map_err(|bounds| {
        Error::usage(format!("--threshold {bounds}, not {}", threshold.unwrap_or_default()))
            .hint(format!("the default is {:.2}; lower finds more", method.default_threshold()))
    })
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
