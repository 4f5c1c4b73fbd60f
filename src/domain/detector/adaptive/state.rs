//! The state as one versioned value of fixed size, from which detection goes on with the same bits.

use super::{Adaptive, Averages, Baseline, Gains, Maxima, OpenHour, Usual};
use crate::domain::bytes::{Fields, Reader, Writer};
use crate::domain::detector::Rules;
use crate::domain::ema::Ema;
use crate::domain::hour::Hour;

/// The first bytes: the method and the version of this layout.
const HEADER: &[u8; 4] = b"a1\x00\x01";

impl Adaptive {
    /// The state, little-endian; its length is always the same. Threshold and zone are settings and no part of it.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        let mut writer = Writer::new(HEADER);
        self.clone().fields(&mut writer);
        writer.finish()
    }

    /// A detector that goes on from a state; `None` where the bytes are none of this version.
    #[must_use]
    pub fn from_state(state: &[u8], rules: Rules) -> Option<Self> {
        let mut detector = Self::new(rules);
        if state.len() != detector.state().len() {
            return None;
        }
        detector.fields(&mut Reader::new(state, HEADER)?);
        if detector.averages.count > 0 {
            detector.hour.slot = detector.zone.slot(Hour::new(detector.hour.number));
            detector.gains = Gains::of(detector.gains.interval);
        }
        detector.prepare();
        Some(detector)
    }

    fn fields(&mut self, fields: &mut impl Fields) {
        let Baseline { week, week_visits, day, day_visits, all, all_visits } = &mut self.baseline;
        fields.floats(week.iter_mut().chain(day).chain([all]));
        fields.counts(week_visits.iter_mut().chain(day_visits).chain([all_visits, &mut self.hours]));
        let OpenHour { number, slot: _, sum, count, usual } = &mut self.hour;
        fields.hours([number, &mut self.gains.interval]);
        fields.bits(count);
        fields.floats(usual.iter_mut().flat_map(|Usual { day, week }| [day, week]).chain([sum]));
        let Averages { count, mean_abs, fast, slow, slow_weight, last_value, last_time } = &mut self.averages;
        let (mut fast_count, mut fast_sum, mut fast_value) = fast.parts();
        fields.bits(count);
        fields.bits(&mut fast_count);
        fields.floats([mean_abs, &mut fast_sum, &mut fast_value, slow, slow_weight, last_value]);
        fields.hours([last_time]);
        *fast = Ema::from_parts(fast_count, fast_sum, fast_value);
        fields.floats(self.memory.iter_mut().flat_map(|Maxima { mean, variance }| [mean, variance]));
        fields.floats(self.centres.iter_mut().chain(&mut self.largest));
    }
}
