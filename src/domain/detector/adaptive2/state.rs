//! The state as one versioned value of fixed size, from which detection goes on with the same bits.
//!
//! Each part lists its fields once, for writing and for reading. What is derived from them when an hour begins is
//! derived again. Threshold and zone are settings and no part of the state; what is learnt does not depend on the
//! threshold.

use super::Adaptive2;
use super::running::{OpenHour, Running, Sums};
use crate::domain::bytes::{Fields, Reader, Writer};
use crate::domain::detector::Rules;
use crate::domain::ema::Ema;

/// The first bytes: the method and the version of this layout.
const HEADER: &[u8; 4] = b"a2\x00\x03";

impl Adaptive2 {
    /// The state, little-endian; its length is always the same.
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
        if detector.running.count > 0 {
            detector.prepare();
        }
        Some(detector)
    }

    fn fields(&mut self, fields: &mut impl Fields) {
        self.history.fields(fields);
        self.change.fields(fields);
        self.level.fields(fields);
        self.memory.fields(fields);
        self.recent.fields(fields);
        self.spread.fields(fields);
        self.size.fields(fields);
        self.calibration.fields(fields);
        self.arrivals.fields(fields);
        let OpenHour { number, usual } = &mut self.hour;
        fields.hours([number]);
        usual.iter_mut().for_each(|usual| usual.fields(fields));
        self.running.fields(fields);
    }
}

impl Running {
    fn fields(&mut self, fields: &mut impl Fields) {
        fields.bits(&mut self.count);
        fields.hours([&mut self.last_time, &mut self.longest_gap]);
        let (mut count, mut sum, mut value) = self.fast.parts();
        fields.bits(&mut count);
        fields.floats([&mut sum, &mut value]);
        self.fast = Ema::from_parts(count, sum, value);
        fields.floats([&mut self.last_value, &mut self.long, &mut self.long_weight]);
        fields.floats(&mut self.centres);
        fields.floats(&mut self.largest);
        let Sums { count, values, size, spread, step } = &mut self.sums;
        fields.bits(count);
        fields.floats([values, size, spread, step]);
    }
}
