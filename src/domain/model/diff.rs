//! What changed from one model to another.

use super::Slot;

/// A slot that is not the same in two models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change<'a> {
    /// The hour of the week.
    pub slot: u8,
    /// As it was; `None` where there was nothing.
    pub before: Option<&'a Slot>,
    /// As it is; `None` where there is nothing any more.
    pub after: Option<&'a Slot>,
}

impl Change<'_> {
    /// By how much the baseline mean rose; `None` where one of the two has none.
    #[must_use]
    pub fn rise(&self) -> Option<f64> {
        Some(self.after?.baseline_mean - self.before?.baseline_mean)
    }

    /// The same, in standard deviations of the slot as it was; `None` where it had none, or one of zero.
    #[must_use]
    pub fn rise_in_std_devs(&self) -> Option<f64> {
        let std_dev = self.before?.moments.std_dev().filter(|&std_dev| std_dev > 0.0)?;
        Some(self.rise()? / std_dev)
    }
}

/// The slots of a parameter that differ in two models, in order; both are in order of their slots.
#[must_use]
pub fn diff<'a>(before: &'a [Slot], after: &'a [Slot]) -> Vec<Change<'a>> {
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    let mut changes = Vec::new();
    loop {
        let next = [before.peek(), after.peek()].into_iter().flatten().map(|slot| slot.slot).min();
        let Some(slot) = next else { return changes };
        let change = Change {
            slot,
            before: before.next_if(|before| before.slot == slot),
            after: after.next_if(|after| after.slot == slot),
        };
        if change.before != change.after {
            changes.push(change);
        }
    }
}
