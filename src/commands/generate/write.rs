//! Writes data and truth.

use std::io::{self, Write};
use std::path::Path;

use flate2::write::GzEncoder;
use serde::Serialize;

use super::settings::{Compression, compression};
use crate::domain::measurement::{HOUR, Millis};
use crate::domain::synthetic::Plan;
use crate::domain::synthetic::arrival::{Arrivals, Counts};
use crate::domain::synthetic::record::{Records, Style};
use crate::domain::synthetic::table::{Order, Table};
use crate::domain::zone::Zone;
use crate::error::{Error, Result};
use crate::interrupt::Stop;
use crate::parallel::ordered_map;
use crate::s3::Access;
use crate::store::codec::write::{EncodedGroup, MeasurementWriter};
use crate::ui::progress::Progress;
use crate::ui::sink::Sink;

/// About how many measurements are made at a time as text.
const TEXT_BLOCK: f64 = 50_000.0;

/// How many samples a Parquet row group covers.
pub const ROW_GROUP: u64 = 1_000_000;

/// How the work is done.
pub struct Work<'a> {
    /// How many threads to use.
    pub threads: usize,
    /// Told how much is done.
    pub progress: &'a Progress,
    /// Says when to stop.
    pub stop: &'a Stop,
    /// How S3 is reached.
    pub access: &'a Access,
}

/// Text, perhaps compressed on its way.
enum Text {
    Plain(Sink),
    Gzip(GzEncoder<Sink>),
    Zstd(zstd::Encoder<'static, Sink>),
}

impl Text {
    fn new(sink: Sink, path: Option<&Path>) -> io::Result<Self> {
        Ok(match path.and_then(compression) {
            None => Self::Plain(sink),
            Some(Compression::Gzip) => Self::Gzip(GzEncoder::new(sink, flate2::Compression::fast())),
            Some(Compression::Zstd) => Self::Zstd(zstd::Encoder::new(sink, 1)?),
        })
    }

    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(sink) => sink.write_all(text),
            Self::Gzip(encoder) => encoder.write_all(text),
            Self::Zstd(encoder) => encoder.write_all(text),
        }
    }

    fn finish(self) -> io::Result<Sink> {
        match self {
            Self::Plain(sink) => Ok(sink),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

/// Where something is written.
fn sink(path: Option<&Path>, access: &Access) -> Result<Sink> {
    path.map_or_else(|| Ok(Sink::stdout()), |path| Sink::create(path, access))
}

/// The error for a failed write.
fn failed(path: Option<&Path>) -> impl Fn(io::Error) -> Error + Copy {
    move |cause| match path {
        Some(path) => Error::io(format_args!("cannot write {}", path.display()), &cause),
        None => Error::io("cannot write standard output", &cause),
    }
}

/// Writes the records as text, and gives the sink back, not yet finished.
///
/// # Errors
/// When the sink can't be written.
pub fn text(plan: &Plan, style: Style, path: Option<&Path>, work: &Work<'_>) -> Result<(Sink, Counts)> {
    let failed = failed(path);
    let mut text = Text::new(sink(path, work.access)?, path).map_err(failed)?;
    let (from, to) = (plan.recipe.from, plan.recipe.to);
    let records = Records::new(plan, style);
    text.write(&records.head()).map_err(failed)?;
    let density =
        plan.series.len() as f64 / plan.recipe.every as f64 + (plan.recipe.events + plan.recipe.logs) / HOUR as f64;
    let length = ((TEXT_BLOCK / density) as Millis).clamp(1, to - from);
    let parts = (0..).map(|part| from + part * length).take_while(|start| *start < to);
    let mut arrivals = Arrivals::default();
    let mut counts = Counts::default();
    let mut done = 0;
    let make = |start: Millis| records.part(start, to.min(start + length));
    ordered_map(work.threads, parts, make, |part| {
        work.stop.check()?;
        counts.add(part.counts);
        text.write(&arrivals.arrange(part)).map_err(failed)?;
        done += length;
        work.progress.set(done as f64 / (to - from) as f64);
        Ok(())
    })?;
    text.write(&arrivals.rest()).map_err(failed)?;
    Ok((text.finish().map_err(failed)?, counts))
}

/// Writes the measurements as Parquet, and gives the sink back, not yet finished.
///
/// # Errors
/// When the sink can't be written.
pub fn parquet(plan: &Plan, order: Order, path: Option<&Path>, work: &Work<'_>) -> Result<(Sink, Counts)> {
    let failed = failed(path);
    let table = Table::new(plan, order, ROW_GROUP);
    let mut writer = MeasurementWriter::new(sink(path, work.access)?).map_err(failed)?;
    let mut rows = 0;
    let mut done = 0;
    let make = |block| EncodedGroup::new(table.block(block));
    ordered_map(work.threads, 0..table.blocks(), make, |group| {
        work.stop.check()?;
        let group = group.map_err(failed)?;
        rows += group.rows();
        writer.write(&group).map_err(failed)?;
        done += 1;
        work.progress.set(done as f64 / table.blocks() as f64);
        Ok(())
    })?;
    let sink = writer.finish().map_err(failed)?;
    Ok((sink, Counts { records: rows, measurements: rows, ..Counts::default() }))
}

/// A line of the truth file.
#[derive(Serialize)]
struct TruthLine<'a> {
    parameter: &'a str,
    kind: &'static str,
    start: String,
    /// Exclusive: the time of the first sample after the anomaly.
    end: String,
    size: f64,
}

/// Writes the truth about the anomalies, and gives the sink back, not yet finished.
///
/// # Errors
/// When the sink can't be written.
pub fn truth(plan: &Plan, path: &Path, access: &Access) -> Result<Sink> {
    let failed = failed(Some(path));
    let mut text = Text::new(Sink::create(path, access)?, Some(path)).map_err(failed)?;
    for (series, anomaly) in plan.truth() {
        let [start, end] = [anomaly.first, anomaly.end()].map(|step| Zone::UTC.rfc3339(plan.time(step)));
        let line = TruthLine { parameter: &series.name, kind: anomaly.kind.name(), start, end, size: anomaly.size };
        let mut line = serde_json::to_vec(&line).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        text.write(&line).map_err(failed)?;
    }
    text.finish().map_err(failed)
}
