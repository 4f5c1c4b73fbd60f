//! What is said where data have come for hours that were detected before, or that have not begun.

use std::collections::BTreeSet;

use crate::domain::hour::Hour;
use crate::domain::zone::Zone;
use crate::ui::Ui;
use crate::ui::text::counted;

/// Warns of the hours , if there are any.
pub(super) fn warn(hours: &BTreeSet<Hour>, zone: Zone, ui: &Ui) {
    if let Some(first) = hours.first() {
        ui.warn(format_args!(
            "data came late for {} from {} on: what was detected there and later, of their parameters, is stale",
            counted(hours.len() as u64, "hour"),
            zone.rfc3339(first.start())
        ));
    }
}

/// Warns of hours  that have records and have not begun yet, in order, if there are any.
pub(super) fn warn_of_future(hours: impl ExactSizeIterator<Item = Hour>, zone: Zone, ui: &Ui) {
    let (count, mut hours) = (hours.len() as u64, hours);
    if let Some(first) = hours.next() {
        ui.warn(format_args!(
            "{} with records, from {} on, in the future: clocks, time zones or units of time may be wrong; nothing is \
             trained on or detected before its hour is over",
            counted(count, "hour"),
            zone.rfc3339(first.start())
        ));
    }
}
