//! From measurements to the figures of hours.

use super::{Figures, Row, ValueEma};
use crate::domain::bytes::{Reader, Writer};
use crate::domain::digest::{InputDigest, StateDigest};
use crate::domain::hour::Hour;
use crate::domain::measurement::Millis;
use crate::domain::moments::Moments;

/// The figures of a parameter in an hour, and the digest of its measurements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HourFigures {
    /// Hours since 1970-01-01T00Z.
    pub hour: Hour,
    /// The figures.
    pub figures: Figures,
    /// Of the measurements.
    pub input_digest: InputDigest,
}

impl HourFigures {
    /// The row that is stored, together with the detector's state after the hour and the model that was used.
    #[must_use]
    pub fn row(self, state_digest: StateDigest, model_version: u32) -> Row {
        let Self { hour, figures, input_digest } = self;
        Row { start: hour.start(), figures, input_digest, state_digest, model_version }
    }
}

/// Turns the measurements of one parameter, in canonical order, into the figures of its hours.
///
/// However the measurements are cut to pieces, the figures are the same, bit by bit.
#[derive(Clone, Debug, Default)]
pub struct Hours {
    ema: ValueEma,
    open: Option<Open>,
}

impl Hours {
    /// Begins at the beginning of an hour, with the EMA after the hour before.
    #[must_use]
    pub fn new(ema: ValueEma) -> Self {
        Self { ema, open: None }
    }

    /// Adds a measurement; gives the hour before it where this one belongs to a later hour.
    pub fn push(&mut self, time: Millis, value: f64) -> Option<HourFigures> {
        let mut over = None;
        self.extend(&[time], &[value], |hour| over = Some(hour));
        over
    }

    /// Adds a run of measurements, of equal numbers of times and values; hands the hours that are over to `emit`.
    pub fn extend(&mut self, times: &[Millis], values: &[f64], mut emit: impl FnMut(HourFigures)) {
        each_hour(times, values, |hour, times, values| {
            if let Some(over) = self.open.take_if(|open| open.hour != hour) {
                emit(over.finish(self.ema));
            }
            let open = self.open.get_or_insert_with(|| Open::new(hour, values[0]));
            open.take(&mut self.ema, times, values);
        });
    }

    /// The hour that has begun, and the EMA that flows on.
    #[must_use]
    pub fn finish(mut self) -> (Option<HourFigures>, ValueEma) {
        (self.close(), self.ema)
    }

    /// Ends the hour that has begun, if one has. The EMA flows on.
    pub fn close(&mut self) -> Option<HourFigures> {
        self.open.take().map(|open| open.finish(self.ema))
    }

    /// The EMA after the last value.
    #[must_use]
    pub fn ema(&self) -> ValueEma {
        self.ema
    }

    pub(in crate::domain) fn write(&self, writer: &mut Writer) {
        let (count, sum, value) = self.ema.parts();
        writer.count(count);
        [sum, value].into_iter().for_each(|number| writer.float(number));
        writer.some(self.open, |writer, open| {
            let Open { hour, running: Running { count, mean, squares }, min, max, first, last, input_digest } = open;
            writer.time(hour.number());
            [count, mean, squares, min, max, first, last].into_iter().for_each(|number| writer.float(number));
            writer.fixed(&input_digest.bytes());
        });
    }

    pub(in crate::domain) fn read(reader: &mut Reader) -> Option<Self> {
        let ema = ValueEma::from_parts(reader.count()?, reader.float()?, reader.float()?);
        let open = reader.some(|reader| {
            let hour = Hour::new(reader.time()?);
            let running = Running { count: reader.float()?, mean: reader.float()?, squares: reader.float()? };
            Some(Open {
                hour,
                running,
                min: reader.float()?,
                max: reader.float()?,
                first: reader.float()?,
                last: reader.float()?,
                input_digest: InputDigest::from_bytes(reader.fixed()?),
            })
        })?;
        Some(Self { ema, open })
    }
}

/// Calls `emit` with each hour and the moments of its values, the same as in its figures; where no more is needed, of
/// measurements whose hours are all whole.
pub fn hourly_moments(times: &[Millis], values: &[f64], mut emit: impl FnMut(Hour, Moments)) {
    each_hour(times, values, |hour, _, values| {
        let mut running = Running::default();
        values.iter().for_each(|&x| running.push(x));
        emit(hour, running.moments());
    });
}

/// Calls `work` with each hour and its part of times and values, neither of which is ever empty.
pub fn each_hour(mut times: &[Millis], mut values: &[f64], mut work: impl FnMut(Hour, &[Millis], &[f64])) {
    debug_assert_eq!(times.len(), values.len());
    while let (Some(time), false) = (times.first(), values.is_empty()) {
        let hour = Hour::of(*time);
        let length = length_before(times, hour.end());
        work(hour, &times[..length], &values[..length]);
        (times, values) = (&times[length..], &values[length..]);
    }
}

/// How many times come before `end`, the first of them being known to; in steps that double, since hours are short and
/// slices are long.
fn length_before(times: &[Millis], end: Millis) -> usize {
    let mut step = 1;
    while times.get(step).is_some_and(|&time| time < end) {
        step *= 2;
    }
    let least = step / 2;
    least + times[least..times.len().min(step)].partition_point(|&time| time < end)
}

/// Moments that are taken in one after the other (Welford, *Technometrics* 4, 1962), like [`Moments::push`] but twice as
/// fast: `change / count` becomes `change · (1 / count)`, which needs not wait for the value before. This differs in the
/// last bits, which is why all figures come from here.
#[derive(Clone, Copy, Debug, Default)]
struct Running {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Running {
    #[inline]
    fn push(&mut self, x: f64) {
        self.count += 1.0;
        let share = 1.0 / self.count;
        let change = x - self.mean;
        self.mean += change * share;
        self.squares += change * (x - self.mean);
    }

    fn moments(self) -> Moments {
        Moments::from_parts(self.count as u64, self.mean, self.squares)
    }
}

/// An hour that has begun.
#[derive(Clone, Copy, Debug)]
struct Open {
    hour: Hour,
    running: Running,
    min: f64,
    max: f64,
    first: f64,
    last: f64,
    input_digest: InputDigest,
}

impl Open {
    fn new(hour: Hour, first: f64) -> Self {
        let input_digest = InputDigest::EMPTY;
        Self { hour, running: Running::default(), min: first, max: first, first, last: first, input_digest }
    }

    fn take(&mut self, ema: &mut ValueEma, times: &[Millis], values: &[f64]) {
        // Everything in one loop, and in copies that can stay in registers: each of these waits for its own value before,
        // and none for another.
        let (mut open, mut average) = (*self, *ema);
        for (&time, &x) in times.iter().zip(values) {
            open.running.push(x);
            open.min = if x < open.min { x } else { open.min };
            open.max = if x > open.max { x } else { open.max };
            open.last = x;
            average.push(x);
            open.input_digest.add(time, x);
        }
        (*self, *ema) = (open, average);
    }

    fn finish(self, ema: ValueEma) -> HourFigures {
        let Self { hour, running, min, max, first, last, input_digest } = self;
        HourFigures { hour, figures: Figures { moments: running.moments(), min, max, first, last, ema }, input_digest }
    }
}
