//! What is known of each hour of the week: what the model knew, and all hours that were detected since.

use crate::domain::hour::{self, Hour};
use crate::domain::measurement::Millis;
use crate::domain::model::Slot;
use crate::domain::moments::Moments;
use crate::domain::zone::{SLOTS, Zone};

/// What is known of an hour of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Known {
    /// Count, mean and standard deviation of all values.
    pub moments: Moments,
    /// How many weeks have values.
    pub weeks: u32,
}

/// What is known of an hour of the week after a UTC day that had it, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearnedSlot {
    /// The beginning of the day.
    pub day: Millis,
    /// The hour of the week, 0 to 167.
    pub slot: u8,
    /// Count, mean and standard deviation of all values.
    pub moments: Moments,
    /// How many weeks have values.
    pub weeks: u32,
    /// The model that it began with.
    pub model_version: u32,
}

/// What is known of each hour of the week.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    zone: Zone,
    slots: Vec<Known>,
}

impl Learned {
    /// What a model knows.
    #[must_use]
    pub fn of<'a>(zone: Zone, model: impl IntoIterator<Item = &'a Slot>) -> Self {
        let mut slots = vec![Known::default(); SLOTS];
        for slot in model {
            if let Some(known) = slots.get_mut(usize::from(slot.slot)) {
                *known = Known { moments: slot.moments, weeks: slot.weeks };
            }
        }
        Self { zone, slots }
    }

    /// The slots, Monday 00:00 first.
    #[must_use]
    pub fn slots(&self) -> &[Known] {
        &self.slots
    }

    pub(super) fn from_slots(zone: Zone, slots: Vec<Known>) -> Self {
        Self { zone, slots }
    }

    /// Adds an hour; `previous` is the hour before it that had values.
    pub(super) fn take(&mut self, hour: Hour, moments: Moments, previous: Option<Hour>) {
        let (week, slot) = self.zone.week_and_slot(hour);
        let known = &mut self.slots[slot];
        known.moments = known.moments.merge(moments);
        // where the clocks are put back, a week has the same slot twice
        let again = previous.is_some_and(|previous| self.zone.week_and_slot(previous) == (week, slot));
        known.weeks += u32::from(!again);
    }

    /// The slots of the UTC day that ends at the beginning of this hour, in the order of time, as far as anything is
    /// known of them.
    #[must_use]
    pub fn of_day(&self, end: Hour, model_version: u32) -> Vec<LearnedSlot> {
        let hours = end - 24..end;
        let day = hours.start.start();
        let mut rows: Vec<LearnedSlot> = Vec::with_capacity(24);
        for hour in hour::each(&hours) {
            let slot = self.zone.week_and_slot(hour).1;
            let Known { moments, weeks } = self.slots[slot];
            let slot = slot as u8;
            if moments.count() > 0 && rows.iter().all(|row| row.slot != slot) {
                rows.push(LearnedSlot { day, slot, moments, weeks, model_version });
            }
        }
        rows
    }
}
