//! Parquet files: wide (a time and numeric columns, each a parameter) or long (time, parameter, value).

use std::fs::File;
use std::sync::Arc;

use super::names::{self, is_one_of};
use super::number::Number;
use super::timestamp::TimeReader;
use super::{Blocks, Chunk, Job, Opened, Parsed, ReadOptions, Reason, Skipped, excerpt};
use crate::domain::measurement::{Aggregation, END_OF_TIME, FIRST_TIME, LARGEST_VALUE, Millis};
use crate::domain::zone::Zone;
use crate::error::{Error, Result};
use crate::store::codec::read::{Column, ColumnInfo, Content, NO_TIME, ParquetFile, Piece, TextColumn};

/// How a file's columns are to be understood: their places among the columns that are read.
#[derive(Debug)]
pub(super) struct Roles {
    /// The columns of the file that are read; the time is the first.
    pub columns: Vec<usize>,
    pub shape: Shape,
    /// Whether the times are civil times.
    civil: bool,
    zone: Zone,
    times: TimeReader,
}

#[derive(Debug)]
pub(super) enum Shape {
    /// Names of the columns after the first.
    Wide(Vec<Arc<str>>),
    /// The second column names the parameter, the third has the value.
    Long,
}

/// Opens a Parquet file.
///
/// # Errors
/// When it is damaged, or its columns can't be understood.
pub fn open(file: File, label: &str, options: &ReadOptions) -> Result<Opened> {
    let (file, roles) = understand(file, label, options)?;
    let ignored = roles.ignored(file.columns());
    let notes = if ignored.is_empty() { Vec::new() } else { vec![format!("not used: {}", ignored.join(", "))] };
    let pieces = file.pieces(&roles.columns);
    let total = pieces.len();
    let pieces = pieces.into_iter();
    let blocks = ParquetBlocks { file: Arc::new(file), roles: Arc::new(roles), pieces, total, label: label.to_owned() };
    Ok(Opened { blocks: Box::new(blocks), notes })
}

/// Reads the footer of a file, and decides what its columns are.
///
/// # Errors
/// When it is damaged or has no rows, or its columns can't be understood.
pub(super) fn understand(file: File, label: &str, options: &ReadOptions) -> Result<(ParquetFile, Roles)> {
    let file = ParquetFile::open(file).map_err(|error| error.at(label))?;
    let roles = Roles::find(file.columns(), options).map_err(|error| error.at(label))?;
    if file.rows() == 0 {
        return Err(Error::failed(format!("{label}: the file has columns but no rows"))
            .hint("check what should have written it"));
    }
    Ok((file, roles))
}

/// Reads and decodes a piece.
///
/// # Errors
/// When the file is damaged.
pub(super) fn read(file: &ParquetFile, piece: &Piece, label: &str) -> Result<Vec<Column>> {
    file.read(piece).map_err(|reason| {
        let rows = format!("rows {} to {}", piece.first_row() + 1, piece.first_row() + piece.len() as u64);
        Error::failed(format!("{label}: {rows} can't be read: {reason}"))
            .hint("the file is damaged; copy or write it again")
    })
}

struct ParquetBlocks {
    file: Arc<ParquetFile>,
    roles: Arc<Roles>,
    pieces: std::vec::IntoIter<Piece>,
    total: usize,
    label: String,
}

impl Blocks for ParquetBlocks {
    fn next(&mut self) -> Result<Option<Job>> {
        let Some(piece) = self.pieces.next() else { return Ok(None) };
        let (file, roles, label) = (Arc::clone(&self.file), Arc::clone(&self.roles), self.label.clone());
        Ok(Some(Box::new(move || {
            let columns = read(&file, &piece, &label)?;
            roles.parse(columns, piece.first_row()).map_err(|reason| Error::failed(format!("{label}: {reason}")))
        })))
    }

    fn progress(&self) -> f64 {
        1.0 - self.pieces.len() as f64 / self.total.max(1) as f64
    }
}

impl Roles {
    /// Finds out what the columns are for.
    fn find(columns: &[ColumnInfo], options: &ReadOptions) -> Result<Self> {
        let time = time_column(columns, options.time_column.as_deref())?;
        let is_value = |&index: &usize| index != time && columns[index].content == Content::Number;
        let is_text = |&index: &usize| index != time && columns[index].content == Content::Text;
        let named = |wanted: &Option<String>, flag: &str| match wanted {
            None => Ok(None),
            Some(name) => find_column(columns, name, flag).map(Some),
        };
        let parameter = named(&options.parameter_column, "--parameter-column")?.or_else(|| {
            (0..columns.len()).filter(is_text).find(|&index| is_one_of(&columns[index].name, names::PARAMETER))
        });
        let value = named(&options.value_column, "--value-column")?;
        let numbers: Vec<usize> = (0..columns.len())
            .filter(|index| is_value(index) && !is_one_of(&columns[*index].name, names::LABEL))
            .collect();
        let only = || match numbers.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        let value = value.or_else(|| {
            let called = numbers.iter().copied().find(|&index| is_one_of(&columns[index].name, names::VALUE));
            parameter.and_then(|_| called.or_else(only))
        });
        let (read, shape) = match (parameter, value) {
            (Some(parameter), Some(value)) => (vec![time, parameter, value], Shape::Long),
            (None, Some(value)) => (vec![time, value], Shape::Wide(vec![columns[value].name.as_str().into()])),
            (_, None) => {
                let names = numbers.iter().map(|&index| columns[index].name.as_str().into()).collect();
                ([time].into_iter().chain(numbers).collect(), Shape::Wide(names))
            }
        };
        if read.len() < 2 {
            let names = columns.iter().map(|column| excerpt::name(&column.name)).collect::<Vec<_>>().join(", ");
            return Err(Error::failed(format!("no numeric column among: {names}"))
                .hint("name the column of the values with --value-column NAME"));
        }
        let civil = matches!(columns[time].content, Content::Time { civil: true });
        let times = TimeReader::new(options.zone, options.time_unit);
        Ok(Self { columns: read, shape, civil, zone: options.zone, times })
    }

    /// The names of the columns that are not used.
    fn ignored(&self, columns: &[ColumnInfo]) -> Vec<String> {
        let ignored = (0..columns.len()).filter(|index| !self.columns.contains(index));
        ignored.map(|index| excerpt::name(&columns[index].name)).collect()
    }

    /// Makes moments of the times of the time column, which may be civil times.
    pub fn moments(&self, times: &mut [Millis]) {
        if self.civil && self.zone != Zone::UTC {
            for time in times.iter_mut().filter(|time| (FIRST_TIME..END_OF_TIME).contains(*time)) {
                *time = self.zone.moment(Zone::UTC.civil(*time));
            }
        }
    }

    /// What is wrong with a moment, if anything is.
    fn fault(time: Millis) -> Option<(Reason, &'static str)> {
        match time {
            FIRST_TIME..END_OF_TIME => None,
            NO_TIME => Some((Reason::Time, "no time")),
            _ => Some((Reason::TimeRange, "the time is outside the years 1900 to 2199")),
        }
    }

    /// Makes measurements of a piece's columns. `Err` has the reason in a few words.
    fn parse(&self, columns: Vec<Column>, first_row: u64) -> std::result::Result<Parsed, String> {
        let mut skipped = Skipped::default();
        let mut columns = columns.into_iter();
        let times = Arc::new(self.times(columns.next(), first_row, &mut skipped)?);
        let sound = times.iter().all(|time| (FIRST_TIME..END_OF_TIME).contains(time));
        let mut chunks = Vec::new();
        match &self.shape {
            Shape::Wide(names) => {
                for (name, column) in names.iter().zip(columns) {
                    let Column::Numbers(values) = column else { return Err("a value column holds no numbers".into()) };
                    let part = Part { name, times: &times, sound, first_row };
                    chunks.extend(part.whole_column(values, &mut skipped));
                }
            }
            Shape::Long => {
                let (Some(Column::Text(text)), Some(Column::Numbers(values))) = (columns.next(), columns.next()) else {
                    return Err("the parameter column holds no text, or the value column no numbers".into());
                };
                chunks = long_chunks(&text, &times, sound, values, first_row, &mut skipped);
            }
        }
        Ok(Parsed { chunks, skipped })
    }

    /// The times of the rows; [`NO_TIME`] where a row has none that can be used, which is noted.
    fn times(
        &self,
        column: Option<Column>,
        first_row: u64,
        skipped: &mut Skipped,
    ) -> std::result::Result<Vec<Millis>, String> {
        let mut reader = self.times.clone();
        let mut rows = first_row + 1..;
        let mut usable = |time: std::result::Result<Millis, super::timestamp::TimeFault>, text: &[u8]| {
            let row = rows.next().unwrap_or_default();
            time.unwrap_or_else(|fault| {
                skipped.add(row, fault.reason(), || fault.message(text));
                NO_TIME
            })
        };
        let times = match column {
            Some(Column::Times(mut times)) => {
                self.moments(&mut times);
                for (time, row) in times.iter_mut().zip(first_row + 1..) {
                    if let Some((reason, message)) = Self::fault(*time) {
                        skipped.add(row, reason, || message.to_owned());
                        *time = NO_TIME;
                    }
                }
                times
            }
            Some(Column::Numbers(numbers)) => {
                numbers.into_iter().map(|x| usable(reader.read_f64(x), x.to_string().as_bytes())).collect()
            }
            Some(Column::Text(text)) => {
                let mut times = Vec::new();
                let mut start = 0;
                for (number, end) in text.runs {
                    let value = text.values[number as usize].as_deref().unwrap_or_default().as_bytes();
                    times.extend((start..end).map(|_| usable(reader.read(value), value)));
                    start = end;
                }
                times
            }
            Some(Column::Whole(_) | Column::Truths(_)) | None => return Err("there is no time column".into()),
        };
        Ok(times)
    }
}

/// Which column is the time.
fn time_column(columns: &[ColumnInfo], wanted: Option<&str>) -> Result<usize> {
    if let Some(name) = wanted {
        return find_column(columns, name, "--time-column");
    }
    let of = |condition: &dyn Fn(&ColumnInfo) -> bool| -> Vec<usize> {
        (0..columns.len()).filter(|&index| condition(&columns[index])).collect()
    };
    let is_time = |column: &ColumnInfo| matches!(column.content, Content::Time { .. });
    let is_named = |column: &ColumnInfo| is_one_of(&column.name, names::TIME);
    let typed_and_named = of(&|column| is_time(column) && is_named(column));
    let typed = of(&is_time);
    let named = of(&|column| is_named(column) && matches!(column.content, Content::Number | Content::Text));
    let candidates = [typed_and_named, typed, named].into_iter().find(|found| !found.is_empty()).unwrap_or_default();
    let names = |indices: &[usize]| {
        indices.iter().map(|&index| excerpt::name(&columns[index].name)).collect::<Vec<_>>().join(", ")
    };
    match candidates.as_slice() {
        [only] => Ok(*only),
        [] => {
            let all: Vec<usize> = (0..columns.len()).collect();
            Err(Error::failed(format!("no time column among: {}", names(&all))).hint("name it with --time-column NAME"))
        }
        several => Err(Error::usage(format!("several columns could be the time: {}", names(several)))
            .hint("choose one with --time-column NAME")),
    }
}

fn find_column(columns: &[ColumnInfo], name: &str, flag: &str) -> Result<usize> {
    columns.iter().position(|column| column.name == name).ok_or_else(|| {
        let names = columns.iter().map(|column| excerpt::name(&column.name)).collect::<Vec<_>>().join(", ");
        Error::failed(format!("there is no column {} for {flag}; there are: {names}", excerpt::name(name)))
    })
}

/// Some rows of one parameter.
struct Part<'a> {
    name: &'a Arc<str>,
    times: &'a Arc<Vec<Millis>>,
    /// Whether every row has a time.
    sound: bool,
    first_row: u64,
}

impl Part<'_> {
    /// A column of values, one a row.
    fn whole_column(&self, values: Vec<f64>, skipped: &mut Skipped) -> Option<Chunk> {
        if self.sound && are_sound(&values) {
            let range = 0..values.len();
            return self.chunk(Arc::clone(self.times), Arc::new(values), range);
        }
        let rows: Vec<usize> = (0..values.len()).collect();
        self.selected_rows(&rows, &values, skipped)
    }

    /// The given rows, less those that can't be used.
    fn selected_rows(&self, rows: &[usize], values: &[f64], skipped: &mut Skipped) -> Option<Chunk> {
        let mut kept = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for &row in rows {
            let (time, value) = (self.times[row], values[row]);
            if time == NO_TIME {
                continue; // noted already
            }
            let number = Number::of(value);
            match number.reason(b"") {
                None => {
                    kept.0.push(time);
                    kept.1.push(value);
                }
                Some(reason) => {
                    let message = || number.message(value.to_string().as_bytes(), self.name);
                    skipped.add(self.first_row + row as u64 + 1, reason, message);
                }
            }
        }
        let range = 0..kept.0.len();
        self.chunk(Arc::new(kept.0), Arc::new(kept.1), range)
    }

    fn chunk(&self, times: Arc<Vec<Millis>>, values: Arc<Vec<f64>>, range: std::ops::Range<usize>) -> Option<Chunk> {
        let parameter = Arc::clone(self.name);
        let chunk = Chunk { parameter, aggregation: Aggregation::None, times, values, range };
        (!chunk.range.is_empty()).then_some(chunk)
    }
}

/// Whether all values can be used.
fn are_sound(values: &[f64]) -> bool {
    values.iter().all(|value| value.abs() <= LARGEST_VALUE)
}

/// The chunks of rows that name their parameters.
fn long_chunks(
    text: &TextColumn,
    times: &Arc<Vec<Millis>>,
    sound: bool,
    values: Vec<f64>,
    first_row: u64,
    skipped: &mut Skipped,
) -> Vec<Chunk> {
    let starts = std::iter::once(0).chain(text.runs.iter().map(|run| run.1));
    let runs = starts.zip(&text.runs).map(|(start, &(number, end))| (number as usize, start..end));
    let nameless = |rows: std::ops::Range<usize>, skipped: &mut Skipped| {
        for row in rows {
            skipped.add(first_row + row as u64 + 1, Reason::Nothing, || "no parameter name".to_owned());
        }
    };
    let values = Arc::new(values);
    let few_runs = text.runs.len() <= text.values.len();
    if few_runs && sound && are_sound(&values) {
        let chunk = |(number, rows): (usize, std::ops::Range<usize>)| match &text.values[number] {
            Some(name) if !name.is_empty() => {
                Part { name, times, sound, first_row }.chunk(Arc::clone(times), Arc::clone(&values), rows)
            }
            _ => {
                nameless(rows, skipped);
                None
            }
        };
        return runs.filter_map(chunk).collect();
    }
    let mut rows_of = vec![Vec::new(); text.values.len()];
    let mut counts = vec![0; text.values.len()];
    runs.clone().for_each(|(number, rows)| counts[number] += rows.len());
    rows_of.iter_mut().zip(counts).for_each(|(rows, count): (&mut Vec<usize>, usize)| rows.reserve_exact(count));
    runs.for_each(|(number, rows)| rows_of[number].extend(rows));
    let mut chunks = Vec::new();
    for (name, rows) in text.values.iter().zip(rows_of) {
        match name {
            Some(name) if !name.is_empty() => {
                let part = Part { name, times, sound, first_row };
                chunks.extend(part.selected_rows(&rows, &values, skipped));
            }
            _ => rows.into_iter().for_each(|row| nameless(row..row + 1, skipped)),
        }
    }
    chunks
}
