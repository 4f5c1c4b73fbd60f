//! Incidents: exceedances of one parameter that belong together.

use super::detector::Verdict;
use super::measurement::Millis;
use super::severity::Severity;

/// A value outside its limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exceedance {
    /// When.
    pub time: Millis,
    /// The value.
    pub value: f64,
    /// Everything that decided.
    pub verdict: Verdict,
    /// How long before it the parameter's previous value came; `None` for the first value.
    pub since_previous: Option<Millis>,
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
    /// How many exceedances there are.
    pub exceedances: u64,
}

impl Incident {
    /// The time from the first to the last exceedance.
    #[must_use]
    pub fn duration(&self) -> Millis {
        self.last - self.alert.time
    }

    /// How bad it is, judged by this alert threshold.
    #[must_use]
    pub fn severity(&self, threshold: f64) -> Severity {
        Severity::of(self.peak.verdict.surprise, threshold, self.duration())
    }
}

/// Groups the exceedances of one parameter to incidents: one that comes no later than a quiet time after the one before
/// belongs to the same incident.
#[derive(Clone, Debug)]
pub struct Grouping {
    quiet: Option<Millis>,
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
    /// Groups by this quiet time; `None` makes every exceedance an incident of its own.
    #[must_use]
    pub fn new(quiet: Option<Millis>) -> Self {
        Self { quiet, incidents: Vec::new() }
    }

    /// Takes in an exceedance; their times must not decrease.
    pub fn add(&mut self, exceedance: Exceedance) -> Role {
        if let (Some(quiet), Some(incident)) = (self.quiet, self.incidents.last_mut())
            && exceedance.time - incident.last <= quiet
        {
            incident.last = exceedance.time;
            incident.exceedances += 1;
            if exceedance.verdict.surprise > incident.peak.verdict.surprise {
                incident.peak = exceedance;
            }
            return Role::Further;
        }
        self.incidents.push(Incident { alert: exceedance, peak: exceedance, last: exceedance.time, exceedances: 1 });
        Role::Alert
    }

    /// The incidents, in the order of their alerts.
    #[must_use]
    pub fn into_incidents(self) -> Vec<Incident> {
        self.incidents
    }
}

#[cfg(test)]
mod tests {
    use super::super::detector::Limits;
    use super::super::measurement::HOUR;
    use super::*;

    fn exceedance(hour: i64, surprise: f64) -> Exceedance {
        let verdict = Verdict { surprise, deciding: None, expected: 0.0, limits: Limits::Nothing, exceedance: true };
        Exceedance { time: hour * HOUR, value: 1.0, verdict, since_previous: None }
    }

    #[test]
    fn a_quiet_time_ends_an_incident() {
        let mut grouping = Grouping::new(Some(12 * HOUR));
        let roles = [(0, 3.0), (12, 5.0), (20, 4.0), (33, 6.0), (46, 3.0)]
            .map(|(hour, surprise)| grouping.add(exceedance(hour, surprise)));
        assert_eq!(roles, [Role::Alert, Role::Further, Role::Further, Role::Alert, Role::Alert]);
        let incidents = grouping.into_incidents();
        assert_eq!(incidents.len(), 3);
        assert_eq!((incidents[0].exceedances, incidents[0].duration()), (3, 20 * HOUR));
        assert_eq!(incidents[0].peak.time, 12 * HOUR);
        assert_eq!(incidents[0].alert.time, 0);
    }

    #[test]
    fn without_a_quiet_time_every_exceedance_is_an_alert() {
        let mut grouping = Grouping::new(None);
        assert_eq!(grouping.add(exceedance(0, 3.0)), Role::Alert);
        assert_eq!(grouping.add(exceedance(0, 3.0)), Role::Alert);
        assert_eq!(grouping.into_incidents().len(), 2);
    }
}
