//! Which hours of a parameter are stale: judged before all of their measurements were there.

use std::collections::BTreeMap;
use std::ops::Range;

use super::aggregate::Row;
use super::digest::{InputDigest, StateDigest};
use crate::domain::hour::Hour;

/// What the row of an hour says about what it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Hours since 1970-01-01T00Z.
    pub hour: Hour,
    /// Of the measurements that were there.
    pub input_digest: InputDigest,
    /// Of the state after the hour.
    pub state_digest: StateDigest,
    /// The model that was used.
    pub model_version: u32,
}

impl From<&Row> for Judged {
    fn from(row: &Row) -> Self {
        let Row { start, input_digest, state_digest, model_version, .. } = *row;
        Self { hour: Hour::of(start), input_digest, state_digest, model_version }
    }
}

/// Why an hour has to be judged again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Its measurements are others than those it was judged by.
    Changed,
    /// It has measurements, but had none.
    Added,
    /// It had measurements, but has none.
    Gone,
    /// It doesn't follow from the hour before: they were judged in different runs of the state.
    Broken,
}

/// What is stale of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The hours that are the cause, in order; never empty.
    pub causes: Vec<(Hour, Cause)>,
    /// All stale hours that have a row or measurements: from the first cause on, since state flows on.
    pub hours: Vec<Hour>,
}

/// What is stale of a parameter; `None` if nothing is.
///
/// `covered` are the hours that have been judged, also where there was nothing to judge: an hour without a row there has
/// had no measurements. Rows and measurements outside of it don't count, so that hours beyond the frontier are not stale
/// but new. Both lists are in order of their hours; hours without measurements may be missing in `measured`. `before` is
/// the state before the first covered hour, where it is known.
#[must_use]
pub fn stale(
    covered: &Range<Hour>,
    before: Option<StateDigest>,
    judged: &[Judged],
    measured: &[(Hour, InputDigest)],
) -> Option<Stale> {
    let mut hours: BTreeMap<Hour, (Option<&Judged>, InputDigest)> = BTreeMap::new();
    for judged in judged.iter().filter(|judged| covered.contains(&judged.hour)) {
        hours.insert(judged.hour, (Some(judged), InputDigest::EMPTY));
    }
    for &(hour, input) in measured.iter().filter(|(hour, _)| covered.contains(hour)) {
        hours.entry(hour).or_default().1 = input;
    }
    let mut causes = Vec::new();
    let mut last: Option<(StateDigest, Option<u32>)> = before.map(|state| (state, None));
    for (&hour, &(judged, input)) in &hours {
        let had = judged.map_or(InputDigest::EMPTY, |judged| judged.input_digest);
        let follows = judged.is_none_or(|judged| last.is_none_or(|last| follows(last, judged)));
        let cause = match (had == InputDigest::EMPTY, input == InputDigest::EMPTY) {
            _ if had == input => (!follows).then_some(Cause::Broken),
            (true, _) => Some(Cause::Added),
            (_, true) => Some(Cause::Gone),
            _ => Some(Cause::Changed),
        };
        causes.extend(cause.map(|cause| (hour, cause)));
        if let Some(judged) = judged {
            last = Some((judged.state_digest, Some(judged.model_version)));
        }
    }
    let &(first, _) = causes.first()?;
    let hours = hours.range(first..).map(|(&hour, _)| hour).collect();
    Some(Stale { causes, hours })
}

/// Whether a row was made from the state after the row before. Where a newer model was adopted in between there is no
/// saying, since that may bring a state of its own.
fn follows((state, version): (StateDigest, Option<u32>), row: &Judged) -> bool {
    let adopted = version.is_some_and(|version| version != row.model_version);
    adopted || state.after(row.hour, row.input_digest, row.model_version) == row.state_digest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn h(number: i64) -> Hour {
        Hour::new(number)
    }

    fn input(value: u8) -> InputDigest {
        InputDigest::of(&[0], &[f64::from(value)])
    }

    fn begin() -> StateDigest {
        StateDigest::before_all("cpu", &[])
    }

    fn judge(measured: &[(Hour, InputDigest)]) -> Vec<Judged> {
        let mut state_digest = begin();
        let row = |&(hour, input_digest)| {
            state_digest = state_digest.after(hour, input_digest, 1);
            Judged { hour, input_digest, state_digest, model_version: 1 }
        };
        measured.iter().map(row).collect()
    }

    fn measured() -> Vec<(Hour, InputDigest)> {
        [-2, -1, 0, 3, 4].map(|hour| (h(hour), input(1))).into()
    }

    fn check(judged: &[Judged], measured: &[(Hour, InputDigest)]) -> Option<Stale> {
        stale(&(h(-5)..h(10)), Some(begin()), judged, measured)
    }

    #[test]
    fn a_changed_hour_and_all_later_ones_are_stale() {
        let mut now = measured();
        now[1].1 = now[1].1.and(input(7));
        let stale = check(&judge(&measured()), &now);
        assert_eq!(stale, Some(Stale { causes: vec![(h(-1), Cause::Changed)], hours: [-1, 0, 3, 4].map(h).to_vec() }));
    }

    #[test]
    fn hours_that_come_or_go_are_causes() {
        let mut now = measured();
        now.remove(2);
        now.insert(2, (h(1), input(9)));
        let stale = check(&judge(&measured()), &now).unwrap();
        assert_eq!(stale.causes, [(h(0), Cause::Gone), (h(1), Cause::Added)]);
        assert_eq!(stale.hours, [0, 1, 3, 4].map(h));
    }

    #[test]
    fn what_is_not_covered_is_not_stale() {
        let mut now = measured();
        now.push((h(10), input(1)));
        now.insert(0, (h(-6), input(1)));
        assert_eq!(check(&judge(&measured()), &now), None);
        assert_eq!(check(&[], &[]), None);
    }

    #[test]
    fn a_row_that_does_not_follow_from_the_one_before_is_a_cause() {
        let mut rows = judge(&measured());
        rows[3..].iter_mut().for_each(|row| row.state_digest = row.state_digest.after(h(0), input(0), 0));
        let stale = check(&rows, &measured()).unwrap();
        assert_eq!((stale.causes, stale.hours), (vec![(h(3), Cause::Broken), (h(4), Cause::Broken)], vec![h(3), h(4)]));
        // a newer model may bring its own state
        rows[3..].iter_mut().for_each(|row| row.model_version = 2);
        rows[4].state_digest = rows[3].state_digest.after(h(4), input(1), 2);
        assert_eq!(check(&rows, &measured()), None);
    }

    /// Minutes without occurrences are measurements of 0 that no record stands for.
    #[test]
    fn a_row_without_input_needs_none() {
        let rows = judge(&[(h(0), input(1)), (h(1), InputDigest::EMPTY), (h(2), input(1))]);
        assert_eq!(check(&rows, &[(h(0), input(1)), (h(2), input(1))]), None);
    }

    proptest! {
        #[test]
        fn exactly_the_late_hour_and_what_follows(hours in prop::collection::btree_set(-5..10_i64, 1..15), late in -5..10_i64) {
            let before: Vec<_> = hours.iter().map(|&hour| (h(hour), input(1))).collect();
            let rows = judge(&before);
            prop_assert_eq!(check(&rows, &before), None);
            let mut after: BTreeMap<_, _> = before.into_iter().collect();
            let digest = after.entry(h(late)).or_default();
            *digest = digest.and(input(2));
            let stale = check(&rows, &after.into_iter().collect::<Vec<_>>()).unwrap();
            let cause = if hours.contains(&late) { Cause::Changed } else { Cause::Added };
            prop_assert_eq!(stale.causes, [(h(late), cause)]);
            let expected: Vec<Hour> =
                (late..10).filter(|hour| *hour == late || hours.contains(hour)).map(h).collect();
            prop_assert_eq!(stale.hours, expected);
        }
    }
}
