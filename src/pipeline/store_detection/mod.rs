//! Live detection of a store: from its measurements, a window of hours after the other, to the rows that are written.

mod rows;
mod writer;

use std::collections::BTreeMap;
use std::ops::Range;

pub use self::rows::{Pending, Ready, ReadyObject};
pub use self::writer::write_beside;

use super::files::SeriesOutcome;
use super::store_reader::{HourData, Reading, StoreReader, Stretch, Wanted, Window};
use crate::domain::alert::Alert;
use crate::domain::measurement::Millis;
use crate::domain::parameters::Parameter;
use crate::domain::series::{Detection, Flow, Found, HourOf, KeptState};
use crate::error::{Error, Result};

/// How many intervals between values the typical one is the median of.
const INTERVALS: usize = 1001;

/// A parameter that is detected.
#[derive(Debug)]
pub struct Live<'a> {
    flow: Flow,
    detection: Detection<'a>,
    threshold: f64,
    values: u64,
    range: Option<(Millis, Millis)>,
    intervals: Vec<Millis>,
    /// The times of the exceedances.
    times: Vec<Millis>,
    /// How many exceedances the incident that goes on had before this run.
    before: Option<u64>,
}

impl<'a> Live<'a> {
    /// A parameter that goes on.
    #[must_use]
    pub fn new(flow: Flow, detection: Detection<'a>, threshold: f64) -> Self {
        let before = flow.last_incident().map(|incident| incident.exceedances);
        let (intervals, times) = (Vec::new(), Vec::new());
        Self { flow, detection, threshold, values: 0, range: None, intervals, times, before }
    }

    fn step(&mut self, stretch: &Stretch) {
        for part in &stretch.parts {
            let (times, values) = (&*part.times, &*part.values);
            let last = self.range.map(|range| range.1);
            if let (Some(&first), Some(&end)) = (times.first(), times.last()) {
                self.range = Some((self.range.map_or(first, |range| range.0), end));
            }
            self.values += values.len() as u64;
            if self.intervals.len() < INTERVALS {
                let all = last.into_iter().chain(times.iter().copied());
                let next = times.iter().skip(usize::from(last.is_none()));
                let left = INTERVALS - self.intervals.len();
                let intervals = next.zip(all).map(|(next, before)| next - before).filter(|interval| *interval > 0);
                self.intervals.extend(intervals.take(left));
            }
            self.flow.hour(HourOf { hour: part.hour, times, values, counted: part.counted }, &mut self.detection);
        }
        self.flow.pass_until(stretch.hours.end, &mut self.detection);
    }

    /// The state, as it is kept.
    ///
    /// # Errors
    /// When the method has none that can be kept.
    pub fn kept(&self) -> Result<Option<KeptState>> {
        Detection::kept(&self.flow).map_err(|reason| Error::failed(reason.to_string()))
    }

    /// What was found, as people are shown it.
    #[must_use]
    pub fn outcome(mut self, parameter: &Parameter) -> SeriesOutcome {
        let incidents = self.flow.incidents().to_vec();
        let exceedances = self.times.len() as u64;
        // the exceedances before this run of an incident that goes on
        let shown = self.flow.last_incident_before().is_some_and(|before| incidents.first() == Some(before));
        let mut exceedance_times = Vec::new();
        if let (true, Some(count), Some(first)) = (shown, self.before, incidents.first()) {
            exceedance_times.extend((0..count).map(|_| first.alert.time));
        }
        exceedance_times.append(&mut self.times);
        self.intervals.sort_unstable();
        SeriesOutcome {
            parameter: parameter.name.clone(),
            aggregation: parameter.aggregation,
            values: self.values,
            range: self.range,
            threshold: self.threshold,
            exceedances,
            incidents,
            exceedance_times,
            interval: self.intervals.get(self.intervals.len() / 2).copied().unwrap_or(0),
            learning: self.flow.is_learning(),
            scores: None,
            counted: None,
        }
    }
}

fn looked(_: &HourData) {}

/// Takes flows through hours whose rows nobody needs.
///
/// # Errors
/// When an object is missing or damaged, which is named; or when it was stopped.
pub fn follow(
    stored: &StoreReader,
    hours: Range<i64>,
    flows: &mut BTreeMap<Parameter, Flow>,
    new: impl Fn(&Parameter) -> Flow,
    reading: Reading,
) -> Result<()> {
    stored.read(hours, reading, looked, |window, _| {
        window.fold(reading.threads, flows, &new, |_, flow, stretch| {
            reading.stop.check()?;
            for part in &stretch.parts {
                let (times, values) = (&*part.times, &*part.values);
                flow.hour(HourOf { hour: part.hour, times, values, counted: part.counted }, &mut ());
            }
            flow.pass_until(stretch.hours.end, &mut ());
            Ok(())
        })
    })
}

/// Detects in hours. `each` gets what was found of each parameter, in their order, a window after the other.
///
/// # Errors
/// When an object is missing or damaged, which is named; when it was stopped; and those of `each`.
pub fn detect<'a>(
    stored: &StoreReader,
    hours: Range<i64>,
    parameters: &mut BTreeMap<Parameter, Live<'a>>,
    new: impl Fn(&Parameter) -> Live<'a>,
    reading: Reading,
    mut each: impl FnMut(Vec<(Parameter, Found)>, &Window) -> Result<()>,
) -> Result<()> {
    stored.read(hours, reading, looked, |window, _| {
        window.fold(reading.threads, parameters, &new, |_, live, stretch| {
            reading.stop.check()?;
            live.step(&stretch);
            Ok(())
        })?;
        let mut all = Vec::with_capacity(parameters.len());
        for (parameter, live) in &mut *parameters {
            let found = live.detection.take().map_err(|reason| Error::failed(reason.to_string()))?;
            live.times.extend(found.alerts.iter().map(|alert| alert.exceedance.time));
            all.push((parameter.clone(), found));
        }
        each(all, &window)
    })
}

/// Looks up where the values of the alerts in a window come from.
///
/// # Errors
/// When an object is damaged, which is named; or when it was stopped.
pub fn trace(stored: &StoreReader, window: &Window, found: &mut [(Parameter, Found)], reading: Reading) -> Result<()> {
    let mut alerts: Vec<&mut Alert> = Vec::new();
    let mut wanted = Vec::new();
    for (parameter, found) in found {
        for alert in &mut found.alerts {
            if let Some(value) = alert.exceedance.value() {
                wanted.push(Wanted { parameter: parameter.clone(), time: alert.exceedance.time, value });
                alerts.push(alert);
            }
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let origins = stored.origins(window, &wanted, reading)?;
    alerts.into_iter().zip(origins).for_each(|(alert, origin)| alert.origin = origin);
    Ok(())
}
