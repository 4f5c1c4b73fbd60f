//! How good detection is, where it is known what was anomalous.
//!
//! What counts is incidents and windows, not samples: a person gets one alert an incident, and wants one for each
//! thing that happened.
//!
//! * An incident is **true** when at least one of its exceedances lies in a window, or within `tolerance` of one.
//! * A window is **found** when at least one exceedance lies in it, or within `tolerance` of it. One exceedance may find
//!   several windows, and several incidents may be true by the same one.
//! * **Precision** is true incidents / all incidents; **recall** is found windows / all windows; **F1** is their
//!   harmonic mean, 2PR/(P+R).
//! * **False incidents a day and series** are the incidents that are not true, divided by the sum over all series of
//!   the days that were judged.
//! * The **delay** of a found window is the time from its start to the first exceedance that finds it; one that comes
//!   before the start, within the tolerance, has no delay.
//!
//! What would be divided by zero is not defined, and `None`.

use super::measurement::{HOUR, Millis};

/// A time in which something was anomalous; both ends belong to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// Its first moment.
    pub start: Millis,
    /// Its last moment.
    pub end: Millis,
    /// What kind of anomaly it was, where that is known.
    pub kind: Option<String>,
}

/// An incident, as far as evaluation is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// When it was opened.
    pub start: Millis,
    /// When it was closed, or its last moment.
    pub end: Millis,
    /// The times of its exceedances, in order.
    pub exceedances: Vec<Millis>,
}

/// A series that has been judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// Its incidents, in order.
    pub incidents: Vec<Incident>,
    /// What was anomalous.
    pub windows: Vec<Window>,
    /// How far from a window an exceedance may lie: usually two sampling intervals.
    pub tolerance: Millis,
    /// How much time was judged: from the first judged measurement to the last.
    pub judged: Millis,
}

/// How good the detection was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// The number of series.
    pub series: usize,
    /// All incidents.
    pub incidents: usize,
    /// The true ones.
    pub true_incidents: usize,
    /// All windows.
    pub windows: usize,
    /// Those that were found.
    pub found: usize,
    /// Days judged, of all series together.
    pub days: f64,
    /// Those that were not found: the index of the series, and the window.
    pub missed: Vec<(usize, Window)>,
    /// The average delay of those that were found, in milliseconds.
    pub delay: Option<f64>,
}

impl Evaluation {
    /// Judges the incidents of all series together.
    #[must_use]
    pub fn of(all: &[Series]) -> Self {
        let mut result = Self { series: all.len(), ..Self::default() };
        let mut delays = 0.0;
        for (i, series) in all.iter().enumerate() {
            result.days += series.judged as f64 / (24 * HOUR) as f64;
            result.incidents += series.incidents.len();
            result.windows += series.windows.len();
            let is_true = |incident: &&Incident| {
                series.windows.iter().any(|window| first_in(&incident.exceedances, window, series.tolerance).is_some())
            };
            result.true_incidents += series.incidents.iter().filter(is_true).count();
            for window in &series.windows {
                let times = series.incidents.iter();
                let times = times.filter_map(|incident| first_in(&incident.exceedances, window, series.tolerance));
                match times.min() {
                    Some(time) => {
                        result.found += 1;
                        delays += (time - window.start).max(0) as f64;
                    }
                    None => result.missed.push((i, window.clone())),
                }
            }
        }
        result.delay = ratio(delays, result.found as f64);
        result
    }

    /// True incidents / all incidents.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        ratio(self.true_incidents as f64, self.incidents as f64)
    }

    /// Found windows / all windows.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        ratio(self.found as f64, self.windows as f64)
    }

    /// The harmonic mean of precision and recall; 0 where both are 0.
    #[must_use]
    pub fn f1(&self) -> Option<f64> {
        let (precision, recall) = (self.precision()?, self.recall()?);
        Some(ratio(2.0 * precision * recall, precision + recall).unwrap_or(0.0))
    }

    /// Incidents that are not true.
    #[must_use]
    pub fn false_incidents(&self) -> usize {
        self.incidents - self.true_incidents
    }

    /// False incidents a day and series.
    #[must_use]
    pub fn false_a_day(&self) -> Option<f64> {
        ratio(self.false_incidents() as f64, self.days)
    }
}

/// The first of the times, which are in order, that lies in the window or within the tolerance of it.
fn first_in(times: &[Millis], window: &Window, tolerance: Millis) -> Option<Millis> {
    let first = times.partition_point(|time| *time < window.start.saturating_sub(tolerance));
    times.get(first).copied().filter(|time| *time <= window.end.saturating_add(tolerance))
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Millis = 24 * HOUR;

    fn incident(exceedances: &[Millis]) -> Incident {
        let (start, end) = (exceedances[0], exceedances[exceedances.len() - 1]);
        Incident { start, end, exceedances: exceedances.to_vec() }
    }

    fn window(start: Millis, end: Millis) -> Window {
        Window { start, end, kind: None }
    }

    fn series(incidents: &[&[Millis]], windows: &[(Millis, Millis)]) -> Series {
        Series {
            incidents: incidents.iter().map(|times| incident(times)).collect(),
            windows: windows.iter().map(|(start, end)| window(*start, *end)).collect(),
            tolerance: 10,
            judged: 2 * DAY,
        }
    }

    #[test]
    fn figures_are_those_computed_by_hand() {
        // two of three incidents are true; the windows at 100 and 300 are found, after 20 and 0 ms, 500 is missed
        let one = series(&[&[120, 130], &[250], &[291, 400]], &[(100, 125), (300, 310), (500, 600)]);
        let two = series(&[&[7]], &[]);
        let result = Evaluation::of(&[one, two]);
        assert_eq!((result.series, result.incidents, result.true_incidents), (2, 4, 2));
        assert_eq!((result.windows, result.found), (3, 2));
        assert_eq!(result.precision(), Some(0.5));
        assert_eq!(result.recall(), Some(2.0 / 3.0));
        assert!((result.f1().unwrap() - 4.0 / 7.0).abs() < 1e-15);
        assert_eq!(result.false_a_day(), Some(0.5));
        assert_eq!(result.missed, [(0, window(500, 600))]);
        assert_eq!(result.delay, Some(10.0));
    }

    #[test]
    fn the_tolerance_belongs_to_the_window() {
        for (time, is_found) in [(89, false), (90, true), (110, true), (120, true), (121, false)] {
            assert_eq!(Evaluation::of(&[series(&[&[time]], &[(100, 110)])]).found, usize::from(is_found), "{time}");
        }
    }

    #[test]
    fn an_incident_counts_by_its_exceedances_not_by_its_span() {
        let result = Evaluation::of(&[series(&[&[0, 1000]], &[(400, 500)])]);
        assert_eq!((result.true_incidents, result.found), (0, 0));
        assert_eq!((result.precision(), result.recall(), result.f1()), (Some(0.0), Some(0.0), Some(0.0)));
    }

    #[test]
    fn one_exceedance_may_find_two_windows_and_two_incidents_be_true_by_one() {
        let result = Evaluation::of(&[series(&[&[100]], &[(90, 95), (105, 110)]), series(&[&[1], &[2]], &[(0, 5)])]);
        assert_eq!((result.found, result.true_incidents), (3, 3));
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        let result = Evaluation::of(&[]);
        assert_eq!((result.precision(), result.recall(), result.f1()), (None, None, None));
        assert_eq!((result.false_a_day(), result.delay), (None, None));
        let quiet = Evaluation::of(&[series(&[], &[(0, 1)])]);
        assert_eq!((quiet.precision(), quiet.recall(), quiet.f1()), (None, Some(0.0), None));
    }
}
