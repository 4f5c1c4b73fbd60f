//! Incidents, for people and for machines.

mod budget;
mod machine;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::detector::Method;
use crate::domain::evaluation::Evaluation;
use crate::domain::incident::{Incident, News};
use crate::domain::measurement::{Aggregation, Millis};
use crate::domain::severity::Severity;
use crate::domain::zone::Zone;
use crate::source::Reason;

pub use budget::{Allotted, BudgetReport, write_budget};
pub use machine::{write_csv, write_json, write_ndjson};
pub use table::{write_comparison, write_table};

/// What a detection found.
#[derive(Debug)]
pub struct Report {
    /// Where the measurements come from.
    pub source: Source,
    /// How it was told what is normal.
    pub method: Method,
    /// The surprise from which on a value is an exceedance; a budget gives series their own.
    pub threshold: f64,
    /// The zone in which times are shown.
    pub zone: Zone,
    /// The incidents, worst first.
    pub incidents: Vec<ShownIncident>,
    /// What was looked at.
    pub summary: Summary,
    /// What became of a budget, if there was one.
    pub budget: Option<BudgetReport>,
    /// How the incidents compare with labels, if there were any.
    pub evaluation: Option<Comparison>,
}

/// Where measurements come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// From files.
    File,
    /// From a dataset of a store.
    Dataset,
}

/// An incident as it is shown, and where it is.
#[derive(Debug)]
pub struct ShownIncident {
    /// The file or folder as the user named it, or the dataset.
    pub source: Arc<str>,
    /// The parameter.
    pub parameter: Arc<str>,
    /// Whether its values are measured or counted.
    pub aggregation: Aggregation,
    /// What people know the series by, as short as it is unambiguous.
    pub name: Arc<str>,
    /// The incident.
    pub incident: Incident,
    /// How bad it is.
    pub severity: Severity,
    /// The surprise from which on a value of the series is an exceedance.
    pub threshold: f64,
    /// What there is to say of it, and whether it goes on; `None` in files.
    pub news: Option<(News, bool)>,
}

/// How the incidents compare with labels.
#[derive(Debug)]
pub struct Comparison {
    /// The figures.
    pub evaluation: Evaluation,
    /// The names of the series that were compared.
    pub names: Vec<Arc<str>>,
}

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Measurements that were judged; of counted parameters, minutes.
    pub measurements: u64,
    /// Files that had measurements.
    pub files: u64,
    /// Series: parameters, or parameters of files.
    pub series: u64,
    /// Series with too little history for limits to the end.
    pub learning: u64,
    /// The times of the first and the last measurement.
    pub range: Option<(Millis, Millis)>,
    /// Values outside their limits, silences, and changes of level.
    pub exceedances: u64,
    /// Rows and values that could not be used, by reason.
    pub skipped: BTreeMap<Reason, u64>,
}

impl Report {
    /// The incidents that are news: in a store those that began or ended, in files all.
    pub fn news(&self) -> impl Iterator<Item = &ShownIncident> {
        self.incidents.iter().filter(|shown| !matches!(shown.news, Some((News::Open, _))))
    }

    /// Whether an incident began.
    #[must_use]
    pub fn has_new(&self) -> bool {
        self.incidents.iter().any(|shown| shown.news.is_none_or(|(news, _)| news == News::New))
    }

    /// The one-line summary, in words.
    #[must_use]
    pub fn summary_line(&self, seconds: f64) -> String {
        table::summary_line(self, seconds)
    }
}
