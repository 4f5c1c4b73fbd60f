//! Incidents: exceedances of one parameter that belong together.

use super::detector::{Limits, Shift, Silence, Tier, Verdict};
use super::identity::Id;
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
    /// All of them. Kept states name them by their places here, so that new ones come last.
    pub const ALL: [Self; 3] = [Self::Value, Self::LevelShift, Self::Silence];

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

/// What a run of detection has to say of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum News {
    /// It began in this run.
    New,
    /// It began before, and goes on.
    Open,
    /// It began before, and is over.
    Ended,
}

impl News {
    /// The name under which it is shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Ended => "ended",
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

/// A change of level, and when it was taken over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TakenOver {
    /// When; it began before.
    pub time: Millis,
    /// The change.
    pub shift: Shift,
    /// When the level was back at what it had been before, if that was taken over in the same incident.
    pub back: Option<Millis>,
}

impl Exceedance {
    /// A silence; its time is its onset.
    #[must_use]
    pub fn of_silence(silence: Silence) -> Self {
        let finding = Finding::Silence(silence);
        let since_previous = Some(silence.onset - silence.since);
        Self { time: silence.onset, finding, verdict: Self::verdict(silence.surprise), since_previous }
    }

    /// A change of level that was taken over at this time. How surprising it was its values have told, if they were; it
    /// counts as if it just reached the threshold.
    #[must_use]
    pub fn of_shift(time: Millis, shift: Shift, threshold: f64, since_previous: Option<Millis>) -> Self {
        Self { time, finding: Finding::LevelShift(shift), verdict: Self::verdict(threshold), since_previous }
    }

    /// What there is to say of a finding that is no value.
    fn verdict(surprise: f64) -> Verdict {
        let limits = Limits::Learning;
        Verdict { surprise, deciding: None, expected: 0.0, limits, exceedance: true, tier: Tier::default() }
    }

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
    /// Its identity, which it keeps for good.
    pub id: Id,
    /// The alert: the exceedance that opened it.
    pub alert: Exceedance,
    /// The most surprising exceedance; of equals the first.
    pub peak: Exceedance,
    /// The time of the last exceedance; a silence lasts until data come again.
    pub last: Millis,
    /// When it was last seen to go on: the last exceedance, or a later value that was still more than half as
    /// surprising as the threshold, without an hour of calm before it.
    pub end: Millis,
    /// How many exceedances there are.
    pub exceedances: u64,
    /// What kind it is: a level shift if one was taken over in it, else what opened it.
    pub kind: Kind,
    /// The change of level that was taken over in it; of several the last that was no return.
    pub shift: Option<TakenOver>,
}

impl Incident {
    /// The time from the first exceedance to the end.
    #[must_use]
    pub fn duration(&self) -> Millis {
        self.end - self.alert.time
    }

    /// Adds a further exceedance, and the change of level that was taken over with it.
    fn absorb(&mut self, exceedance: Exceedance, shift: Option<TakenOver>) {
        self.last = exceedance.time;
        self.end = exceedance.time;
        self.exceedances += 1;
        if exceedance.verdict.surprise > self.peak.verdict.surprise {
            self.peak = exceedance;
        }
        if let Some(new) = shift {
            self.kind = Kind::LevelShift;
            match &mut self.shift {
                Some(gone) if new.shift.returned && !gone.shift.returned => gone.back = Some(new.shift.since.start()),
                shift => *shift = Some(new),
            }
        }
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
    /// Whether the last exceedance was a silence that lasts.
    silent: bool,
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

    /// Adds an exceedance; their times must not decrease. `quiet` is the quiet time of the moment; `None` makes the
    /// exceedance an incident of its own. `identity` gives the identity of the incident that the exceedance opens.
    pub fn add(
        &mut self,
        exceedance: Exceedance,
        quiet: Option<Millis>,
        identity: impl FnOnce() -> Id,
    ) -> (Role, &Incident) {
        let shift = match exceedance.finding {
            Finding::LevelShift(shift) => Some(TakenOver { time: exceedance.time, shift, back: None }),
            Finding::Value(_) | Finding::Silence(_) => None,
        };
        self.silent = matches!(exceedance.finding, Finding::Silence(_));
        let time = exceedance.time;
        let goes_on = self.incidents.pop_if(|last| quiet.is_some_and(|quiet| time - last.last <= quiet));
        let (role, incident) = match goes_on {
            Some(mut incident) => {
                incident.absorb(exceedance, shift);
                (Role::Further, incident)
            }
            None => {
                let kind = match exceedance.finding {
                    Finding::Value(_) => Kind::Value,
                    Finding::Silence(_) => Kind::Silence,
                    Finding::LevelShift(_) => Kind::LevelShift,
                };
                let (alert, peak) = (exceedance, exceedance);
                let id = identity();
                (Role::Alert, Incident { id, alert, peak, last: time, end: time, exceedances: 1, kind, shift })
            }
        };
        self.incidents.push(incident);
        (role, &self.incidents[self.incidents.len() - 1])
    }

    /// Records that the silence which was found last has lasted until now.
    pub fn silent_until(&mut self, time: Millis) {
        if let (true, Some(incident)) = (self.silent, self.incidents.last_mut()) {
            incident.last = incident.last.max(time);
            incident.end = incident.end.max(time);
        }
    }

    /// Records that data came at this time, which ends a silence.
    pub fn resume(&mut self, time: Millis) {
        self.silent_until(time);
        self.silent = false;
    }

    /// Records that a value at this time is no exceedance, but more than half as surprising as the threshold.
    pub fn prolong(&mut self, time: Millis) {
        if let Some(incident) = self.incidents.last_mut()
            && time - incident.end <= Self::CALM
        {
            incident.end = time;
        }
    }

    /// The incidents so far, in the order of their alerts.
    #[must_use]
    pub fn incidents(&self) -> &[Incident] {
        &self.incidents
    }

    /// The incident that was opened last.
    #[must_use]
    pub fn last(&self) -> Option<&Incident> {
        self.incidents.last()
    }

    /// Whether the last exceedance was a silence that lasts.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// A grouping that goes on with the incident that was opened last, and with the silence that lasts, if it does.
    #[must_use]
    pub fn resumed(last: Option<Incident>, silent: bool) -> Self {
        Self { incidents: last.into_iter().collect(), silent }
    }

    /// The incidents, in the order of their alerts.
    #[must_use]
    pub fn into_incidents(self) -> Vec<Incident> {
        self.incidents
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hour::Hour;

    const QUIET: Option<Millis> = Some(12 * HOUR);

    fn add(grouping: &mut Grouping, exceedance: Exceedance, quiet: Option<Millis>) -> Role {
        grouping.add(exceedance, quiet, || Id::from_bits(exceedance.time as u64)).0
    }

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
            .map(|(hour, surprise)| add(&mut grouping, exceedance(hour, surprise), QUIET));
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
        assert_eq!(add(&mut grouping, exceedance(0, 3.0), None), Role::Alert);
        assert_eq!(add(&mut grouping, exceedance(0, 3.0), None), Role::Alert);
        assert_eq!(grouping.into_incidents().len(), 2);
    }

    #[test]
    fn it_ends_when_values_are_well_within_the_limits_again() {
        let mut grouping = Grouping::default();
        grouping.prolong(0);
        add(&mut grouping, exceedance(1, 3.0), QUIET);
        grouping.prolong(2 * HOUR);
        grouping.prolong(2 * HOUR + HOUR / 2);
        grouping.prolong(4 * HOUR);
        let [incident] = &grouping.into_incidents()[..] else { panic!("one incident") };
        assert_eq!((incident.last, incident.end), (HOUR, 2 * HOUR + HOUR / 2));
    }

    #[test]
    fn a_shift_that_is_taken_over_names_the_incident() {
        let shift = Shift { since: Hour::new(1), size: 5.0, usual: 1.0, returned: false };
        let mut grouping = Grouping::default();
        add(&mut grouping, exceedance(1, 3.0), QUIET);
        add(&mut grouping, Exceedance { finding: Finding::LevelShift(shift), ..exceedance(13, 2.5) }, QUIET);
        let [incident] = &grouping.into_incidents()[..] else { panic!("one incident") };
        let taken_over = Some(TakenOver { time: 13 * HOUR, shift, back: None });
        assert_eq!((incident.kind, incident.shift, incident.alert.time), (Kind::LevelShift, taken_over, HOUR));
    }

    #[test]
    fn a_level_that_goes_and_comes_back_is_one_change() {
        let gone = Shift { since: Hour::new(1), size: 5.0, usual: 1.0, returned: false };
        let back = Shift { since: Hour::new(20), size: -5.0, usual: 1.0, returned: true };
        let found = |shift, hour| Exceedance { finding: Finding::LevelShift(shift), ..exceedance(hour, 2.5) };
        let mut grouping = Grouping::default();
        add(&mut grouping, found(gone, 13), QUIET);
        add(&mut grouping, exceedance(22, 3.0), QUIET);
        add(&mut grouping, found(back, 32), QUIET);
        add(&mut grouping, found(back, 60), QUIET);
        let [one, other] = &grouping.into_incidents()[..] else { panic!("two incidents") };
        assert_eq!(one.shift, Some(TakenOver { time: 13 * HOUR, shift: gone, back: Some(20 * HOUR) }));
        assert_eq!(other.shift, Some(TakenOver { time: 60 * HOUR, shift: back, back: None }));
    }

    #[test]
    fn a_silence_lasts_until_data_come_again() {
        let silence = Silence { since: 0, onset: HOUR, usual: 0.1, usual_std: 0.01, surprise: 3.0 };
        let mut grouping = Grouping::default();
        grouping.silent_until(5 * HOUR);
        assert_eq!(add(&mut grouping, Exceedance::of_silence(silence), QUIET), Role::Alert);
        grouping.silent_until(30 * HOUR);
        grouping.resume(40 * HOUR);
        grouping.silent_until(90 * HOUR);
        assert_eq!(add(&mut grouping, exceedance(41, 5.0), QUIET), Role::Further, "what follows on it belongs to it");
        grouping.silent_until(90 * HOUR);
        let [incident] = &grouping.into_incidents()[..] else { panic!("one incident") };
        assert_eq!((incident.kind, incident.alert.time, incident.last), (Kind::Silence, HOUR, 41 * HOUR));
        assert_eq!((incident.end, incident.duration()), (41 * HOUR, 40 * HOUR));
    }
}
