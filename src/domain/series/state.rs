//! The state of a flow as one versioned value.

use super::learned::Known;
use super::{Flow, Learned};
use crate::domain::aggregate::{Figures, Folding, Row, ValueEma};
use crate::domain::alert::Id;
use crate::domain::bytes::{Reader, Writer};
use crate::domain::detector::{Method, Rules};
use crate::domain::digest::{InputDigest, Sha256, StateDigest};
use crate::domain::interval::Unit;
use crate::domain::moments::Moments;
use crate::domain::monitor::{Monitor, NoState};
use crate::domain::zone::SLOTS;

/// The first bytes: what it is, and the version of this layout.
const HEADER: &[u8; 4] = b"fl\x00\x01";

impl Flow {
    /// Everything on which what comes next depends.
    ///
    /// # Errors
    /// When the method has no state that can be kept.
    pub fn state(&self) -> Result<Vec<u8>, NoState> {
        let mut writer = Writer::new(HEADER);
        writer.sized(&self.monitor.state()?);
        let (count, sum, value) = self.ema.parts();
        writer.count(count);
        writer.float(sum);
        writer.float(value);
        writer.some(self.before, Writer::time);
        writer.some(self.next, Writer::time);
        writer.fixed(self.state_digest.sha256().bytes());
        writer.count(self.model_version.into());
        writer.some(self.incident.map(Id::bits), Writer::count);
        self.folds.iter().for_each(|fold| writer.some(fold.unfinished(), write_row));
        writer.some(self.learned.as_ref(), |writer, learned| {
            for Known { moments, weeks } in learned.slots() {
                writer.count(moments.count());
                writer.float(moments.mean());
                writer.float(moments.squares());
                writer.count((*weeks).into());
            }
        });
        Ok(writer.finish())
    }

    /// A flow that goes on from a state.
    ///
    /// # Errors
    /// When the bytes are no state of this method.
    pub fn from_state(state: &[u8], method: Method, rules: Rules) -> Result<Self, NoState> {
        let mut reader = Reader::new(state, HEADER).ok_or(NoState::Bytes)?;
        let monitor = Monitor::from_state(reader.sized().ok_or(NoState::Bytes)?, method, rules)?;
        read(reader, monitor, rules).ok_or(NoState::Bytes)
    }
}

fn read(mut reader: Reader, monitor: Monitor, rules: Rules) -> Option<Flow> {
    let (count, sum, value) = (reader.count()?, reader.float()?, reader.float()?);
    let flow = Flow {
        resumed: monitor.last_incident().map(|incident| (incident.exceedances, incident.end)),
        monitor,
        ema: ValueEma::from_parts(count, sum, value),
        before: reader.some(Reader::time)?,
        next: reader.some(Reader::time)?,
        state_digest: StateDigest::from_sha256(Sha256::from_bytes(reader.fixed()?)),
        model_version: reader.count()?.try_into().ok()?,
        incident: reader.some(Reader::count)?.map(Id::from_bits),
        folds: {
            let mut folds = Unit::FOLDED.map(Folding::new);
            for (unit, fold) in Unit::FOLDED.into_iter().zip(&mut folds) {
                *fold = Folding::resumed(unit, reader.some(read_row)?);
            }
            folds
        },
        learned: reader.some(|reader| {
            let slots = (0..SLOTS).map(|_| {
                let (count, mean, squares) = (reader.count()?, reader.float()?, reader.float()?);
                let weeks = reader.count()?.try_into().ok()?;
                Some(Known { moments: Moments::from_parts(count, mean, squares), weeks })
            });
            Some(Learned::from_slots(rules.zone, slots.collect::<Option<_>>()?))
        })?,
    };
    reader.is_at_end().then_some(flow)
}

fn write_row(writer: &mut Writer, row: &Row) {
    let Row { start, figures, input_digest, state_digest, model_version } = row;
    let Figures { moments, min, max, first, last, ema } = figures;
    writer.time(*start);
    writer.count(moments.count());
    let (count, sum, value) = ema.parts();
    let numbers = [moments.mean(), moments.squares(), *min, *max, *first, *last, sum, value];
    numbers.into_iter().for_each(|number| writer.float(number));
    writer.count(count);
    writer.fixed(&input_digest.bytes());
    writer.fixed(state_digest.sha256().bytes());
    writer.count((*model_version).into());
}

fn read_row(reader: &mut Reader) -> Option<Row> {
    let (start, values) = (reader.time()?, reader.count()?);
    let mut numbers = [0.0; 8];
    for number in &mut numbers {
        *number = reader.float()?;
    }
    let [mean, squares, min, max, first, last, sum, value] = numbers;
    let ema = ValueEma::from_parts(reader.count()?, sum, value);
    let moments = Moments::from_parts(values, mean, squares);
    Some(Row {
        start,
        figures: Figures { moments, min, max, first, last, ema },
        input_digest: InputDigest::from_bytes(reader.fixed()?),
        state_digest: StateDigest::from_sha256(Sha256::from_bytes(reader.fixed()?)),
        model_version: reader.count()?.try_into().ok()?,
    })
}
