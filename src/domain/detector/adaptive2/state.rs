//! The state as one versioned value of fixed size, from which detection goes on with the same bits.
//!
//! Each part lists its fields once, for writing and for reading. What is derived from them when an hour begins is
//! derived again. Threshold and zone are settings and no part of the state; what is learnt does not depend on the
//! threshold.

use super::Adaptive2;
use super::running::{Hour, Running, Sums};
use crate::domain::detector::Rules;
use crate::domain::ema::Ema;

/// The first bytes: the method and the version of this layout.
const HEADER: &[u8; 4] = b"a2\x00\x03";

/// Visits fields, to write or to read them.
pub(super) trait Fields {
    /// Eight bytes.
    fn bits(&mut self, bits: &mut u64);

    /// Floating-point numbers, bit by bit.
    fn floats<'a>(&mut self, values: impl IntoIterator<Item = &'a mut f64>) {
        for value in values {
            let mut bits = value.to_bits();
            self.bits(&mut bits);
            *value = f64::from_bits(bits);
        }
    }

    /// Small counts.
    fn counts<'a>(&mut self, values: impl IntoIterator<Item = &'a mut u16>) {
        for value in values {
            let mut bits = u64::from(*value);
            self.bits(&mut bits);
            *value = bits as u16;
        }
    }

    /// Times, and numbers of hours.
    fn hours<'a>(&mut self, values: impl IntoIterator<Item = &'a mut i64>) {
        for value in values {
            let mut bits = *value as u64;
            self.bits(&mut bits);
            *value = bits as i64;
        }
    }
}

struct Writer(Vec<u8>);

impl Fields for Writer {
    fn bits(&mut self, bits: &mut u64) {
        self.0.extend_from_slice(&bits.to_le_bytes());
    }
}

struct Reader<'a>(&'a [u8]);

impl Fields for Reader<'_> {
    fn bits(&mut self, bits: &mut u64) {
        if let Some((head, tail)) = self.0.split_first_chunk() {
            *bits = u64::from_le_bytes(*head);
            self.0 = tail;
        }
    }
}

impl Adaptive2 {
    /// The state, little-endian; its length is always the same.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        let mut writer = Writer(HEADER.to_vec());
        self.clone().fields(&mut writer);
        writer.0
    }

    /// A detector that goes on from a state; `None` where the bytes are none of this version.
    #[must_use]
    pub fn from_state(state: &[u8], rules: Rules) -> Option<Self> {
        let mut detector = Self::new(rules);
        if state.len() != detector.state().len() || !state.starts_with(HEADER) {
            return None;
        }
        detector.fields(&mut Reader(&state[HEADER.len()..]));
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
        let Hour { number, usual } = &mut self.hour;
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
