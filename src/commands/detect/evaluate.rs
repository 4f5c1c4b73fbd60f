//! `--labels`: how the incidents compare with what is known to have been anomalous.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::names::Names;
use crate::domain::evaluation::{Evaluation, Incident, Series};
use crate::domain::measurement::Millis;
use crate::domain::series::SeriesOutcome;
use crate::error::{Error, Result};
use crate::pipeline::files::UnitOutcome;
use crate::s3::Access;
use crate::source::ReadOptions;
use crate::source::labels::Labels;
use crate::ui::incidents::Comparison;

/// How far from a window an exceedance may lie and still belong to it, in sampling intervals.
const TOLERANCE: i64 = 2;

/// Labels, and where they come from.
pub(super) struct KnownLabels {
    path: String,
    labels: Labels,
}

impl KnownLabels {
    /// Reads labels about what has these names.
    pub fn read(path: &Path, names: &[String], options: &ReadOptions, access: &Access) -> Result<Self> {
        let Some(path) = path.to_str() else {
            return Err(Error::usage(format!("--labels {}: the path is not UTF-8", path.display())));
        };
        Ok(Self { path: path.to_owned(), labels: Labels::read(path, names, options, access)? })
    }

    /// Compares what was found with the labels; where only a part of the data was looked at, with those about it.
    pub fn against(&self, outcomes: &[UnitOutcome], short: &Names, part: Option<&Range<Millis>>) -> Result<Comparison> {
        let (mut all, mut names) = (Vec::new(), Vec::new());
        for outcome in outcomes {
            let file: Arc<str> = outcome.label.as_str().into();
            for series in &outcome.series {
                if let Some(mut windows) = self.labels.windows(&outcome.label, &series.parameter) {
                    if let Some(part) = part {
                        windows.retain(|window| window.end >= part.start && window.start < part.end);
                    }
                    let mut incidents = incidents(series);
                    if let Some(part) = part {
                        // what began before is neither right nor wrong, unless a label says so
                        let labelled = |incident: &Incident| {
                            windows.iter().any(|window| window.start <= incident.end && incident.start <= window.end)
                        };
                        incidents.retain(|incident| incident.start >= part.start || labelled(incident));
                    }
                    let judged = series.range.map_or(0, |(first, last)| last - first);
                    let tolerance = TOLERANCE * series.interval;
                    all.push(Series { incidents, windows, tolerance, judged });
                    names.push(short.of_series(&file, &series.parameter, outcome.series.len() > 1));
                }
            }
        }
        if all.is_empty() {
            return Err(Error::failed(format!("--labels {}: the labels are about none of the files", self.path))
                .hint("labels name files by their path, or parameters by their name"));
        }
        Ok(Comparison { evaluation: Evaluation::of(&all), names })
    }
}

/// The incidents of a series with the times of their exceedances.
fn incidents(series: &SeriesOutcome) -> Vec<Incident> {
    let mut times = series.exceedance_times.iter().copied();
    let incidents = series.incidents.iter().map(|incident| Incident {
        start: incident.alert.time,
        end: incident.last,
        exceedances: times.by_ref().take(usize::try_from(incident.exceedances).unwrap_or(usize::MAX)).collect(),
    });
    incidents.collect()
}
