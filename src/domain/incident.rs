//! Incidents: exceedances of one parameter that belong together.

use super::detector::{Shift, Silence, Verdict};
use super::measurement::{HOUR, Millis};
use super::severity::Severity;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Finding {
    /// A value outside its limits.
    Value(f64),
    /// Data were expected and did not come.
    Silence(Silence),
    /// A change of level that stayed, and was taken over.
    LevelShift(Shift),
}

/// What kind of incident it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Values outside their limits.
    Value,
    /// A change of level that stayed; the new level was taken over, which ends the incident.
    LevelShift,
    /// Data were expected and did not come.
    Silence,
}

impl Kind {
    /// The name under which results are recorded.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::LevelShift => "level_shift",
            Self::Silence => "silence",
        }
    }
}

/// Something outside what is usual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exceedance {
    /// When; of a silence its onset, of a level shift when it was taken over.
    pub time: Millis,
    /// What was found.
    pub finding: Finding,
    /// Everything that decided. Of a silence and of a level shift only the surprise is of meaning.
    pub verdict: Verdict,
    /// How long before it the parameter's previous value came; `None` for the first value.
    pub since_previous: Option<Millis>,
}

impl Exceedance {
    /// The value, where it is one.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self.finding {
            Finding::Value(value) => Some(value),
            Finding::Silence(_) | Finding::LevelShift(_) => None,
        }
    }
}

/// Exceedances that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// The alert: the exceedance that opened it.
    pub alert: Exceedance,
    /// The most surprising exceedance; of equals the first.
    pub peak: Exceedance,
    /// The time of the last exceedance.
    pub last: Millis,
    /// When it was last seen to go on: the last exceedance, or a later value that was still more than half as
    /// surprising as the threshold, without an hour of calm before it.
    pub end: Millis,
    /// How many exceedances there are.
    pub exceedances: u64,
    /// What kind it is: a level shift if one was taken over in it, else what opened it.
    pub kind: Kind,
    /// The change of level that was taken over in it.
    pub shift: Option<Shift>,
}

impl Incident {
    /// The time from the first exceedance to the end.
    #[must_use]
    pub fn duration(&self) -> Millis {
        self.end - self.alert.time
    }

    /// How bad it is, judged by this alert threshold.
    #[must_use]
    pub fn severity(&self, threshold: f64) -> Severity {
        Severity::of(self.peak.verdict.surprise, threshold, self.duration())
    }
}

/// Groups the exceedances of one parameter to incidents: one that comes no later than a quiet time after the one before
/// belongs to the same incident.
#[derive(Clone, Debug, Default)]
pub struct Grouping {
    incidents: Vec<Incident>,
}

/// What an exceedance is to its incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It opens an incident: it is the alert.
    Alert,
    /// It is a further point of a running incident.
    Further,
}

impl Grouping {
    /// After so long without a value more than half as surprising as the threshold an incident is not prolonged by
    /// such values any more.
    const CALM: Millis = HOUR;

    /// Takes in an exceedance; their times must not decrease. `quiet` is the quiet time of the moment; `None` makes the
    /// exceedance an incident of its own.
    pub fn add(&mut self, exceedance: Exceedance, quiet: Option<Millis>) -> Role {
        let shift = match exceedance.finding {
            Finding::LevelShift(shift) => Some(shift),
            Finding::Value(_) | Finding::Silence(_) => None,
        };
        if let (Some(quiet), Some(incident)) = (quiet, self.incidents.last_mut())
            && exceedance.time - incident.last <= quiet
        {
            incident.last = exceedance.time;
            incident.end = exceedance.time;
            incident.exceedances += 1;
            if exceedance.verdict.surprise > incident.peak.verdict.surprise {
                incident.peak = exceedance;
            }
            if shift.is_some() {
                incident.kind = Kind::LevelShift;
                incident.shift = shift;
            }
            return Role::Further;
        }
        let kind = match exceedance.finding {
            Finding::Value(_) => Kind::Value,
            Finding::Silence(_) => Kind::Silence,
            Finding::LevelShift(_) => Kind::LevelShift,
        };
        let time = exceedance.time;
        let (alert, peak) = (exceedance, exceedance);
        self.incidents.push(Incident { alert, peak, last: time, end: time, exceedances: 1, kind, shift });
        Role::Alert
    }

    /// Takes in that a value at this time is no exceedance, but more than half as surprising as the threshold.
    pub fn prolong(&mut self, time: Millis) {
        if let Some(incident) = self.incidents.last_mut()
            && time - incident.end <= Self::CALM
        {
            incident.end = time;
        }
    }

    /// The incidents, in the order of their alerts.
    #[must_use]
    pub fn into_incidents(self) -> Vec<Incident> {
        self.incidents
    }
}

#[cfg(test)]
mod tests {
    use super::super::detector::{Limits, Tier};
    use super::*;

    const QUIET: Option<Millis> = Some(12 * HOUR);

    fn exceedance(hour: i64, surprise: f64) -> Exceedance {
        let limits = Limits::Nothing;
        let tier = Tier::HourOfWeek;
        let verdict = Verdict { surprise, deciding: None, expected: 0.0, limits, exceedance: true, tier };
        Exceedance { time: hour * HOUR, finding: Finding::Value(1.0), verdict, since_previous: None }
    }

    #[test]
    fn a_quiet_time_ends_an_incident() {
        let mut grouping = Grouping::default();
        let roles = [(0, 3.0), (12, 5.0), (20, 4.0), (33, 6.0), (46, 3.0)]
            .map(|(hour, surprise)| grouping.add(exceedance(hour, surprise), QUIET));
        assert_eq!(roles, [Role::Alert, Role::Further, Role::Further, Role::Alert, Role::Alert]);
        let incidents = grouping.into_incidents();
        assert_eq!(incidents.len(), 3);
        assert_eq!((incidents[0].exceedances, incidents[0].duration()), (3, 20 * HOUR));
        assert_eq!(incidents[0].peak.time, 12 * HOUR);
        assert_eq!(incidents[0].alert.time, 0);
        assert_eq!(incidents[0].kind, Kind::Value);
    }

    #[test]
    fn without_a_quiet_time_every_exceedance_is_an_alert() {
        let mut grouping = Grouping::default();
        assert_eq!(grouping.add(exceedance(0, 3.0), None), Role::Alert);
        assert_eq!(grouping.add(exceedance(0, 3.0), None), Role::Alert);
        assert_eq!(grouping.into_incidents().len(), 2);
    }

    #[test]
    fn it_ends_when_values_are_well_within_the_limits_again() {
        let mut grouping = Grouping::default();
        grouping.prolong(0);
        grouping.add(exceedance(1, 3.0), QUIET);
        grouping.prolong(2 * HOUR);
        grouping.prolong(2 * HOUR + HOUR / 2);
        grouping.prolong(4 * HOUR);
        let [incident] = &grouping.into_incidents()[..] else { panic!("one incident") };
        assert_eq!((incident.last, incident.end), (HOUR, 2 * HOUR + HOUR / 2));
    }

    #[test]
    fn a_shift_that_is_taken_over_names_the_incident() {
        let shift = Shift { since: 1, size: 5.0, usual: 1.0, returned: false };
        let mut grouping = Grouping::default();
        grouping.add(exceedance(1, 3.0), QUIET);
        grouping.add(Exceedance { finding: Finding::LevelShift(shift), ..exceedance(13, 2.5) }, QUIET);
        let [incident] = &grouping.into_incidents()[..] else { panic!("one incident") };
        assert_eq!((incident.kind, incident.shift, incident.alert.time), (Kind::LevelShift, Some(shift), HOUR));
    }
}
