//! Records of Parquet: a row each.
//!
//! Columns of structures, lists and bytes have no place in a record and are left out, which is noted.

use std::fs::File;
use std::sync::Arc;

use super::build::{Builder, Plan};
use super::row::{Cell, Columns, Gives};
use super::{Batch, Mapping, Opened};
use crate::error::{Error, Result};
use crate::source::excerpt::name;
use crate::source::json::extract::Fault;
use crate::source::names::{LABEL, is_one_of};
use crate::source::parquet::{Roles, Shape, read, understand};
use crate::source::{Blocks, Job, ReadOptions};
use crate::store::codec::read::{Column, ColumnInfo, Content, NO_TIME, ParquetFile, Piece};

/// How many values are decoded at once, about, and between which bounds the number of their rows lies.
const VALUES: usize = 1 << 18;
const ROWS: std::ops::RangeInclusive<usize> = 1 << 10..=1 << 16;

/// What jobs need to know of the file.
struct Shared {
    file: ParquetFile,
    roles: Roles,
    /// The columns of the records.
    columns: Columns,
    /// Which of those hold civil times.
    civil: Vec<bool>,
    plan: Plan,
    label: String,
}

struct ParquetRecords {
    shared: Arc<Shared>,
    pieces: std::vec::IntoIter<Piece>,
    total: usize,
}

/// Opens a Parquet file of records.
///
/// # Errors
/// When it is damaged, or its columns can't be understood.
pub fn open(file: File, label: &str, options: &ReadOptions, mapping: &Mapping) -> Result<Opened> {
    let (file, roles) = understand(file, label, options)?;
    let infos = file.columns();
    let (used, left_out): (Vec<usize>, Vec<usize>) =
        (0..infos.len()).partition(|index| infos[*index].content != Content::Other);
    let options = resolved(options, infos, &roles);
    let notes = if left_out.is_empty() {
        Vec::new()
    } else {
        let names: Vec<String> = left_out.iter().map(|index| name(&infos[*index].name)).collect();
        vec![format!("left out of the records, because they hold structures or bytes: {}", names.join(", "))]
    };
    check(infos, &roles).map_err(|error| error.at(label))?;
    let columns = used.iter().map(|index| (gives(*index, infos, &roles), infos[*index].name.clone())).collect();
    let civil = used.iter().map(|index| infos[*index].content == Content::Time { civil: true }).collect();
    let most = (VALUES / used.len().max(1)).clamp(*ROWS.start(), *ROWS.end());
    let pieces = file.pieces_of(&used, most, true);
    let total = pieces.len();
    let columns = Columns::new(columns, false);
    let plan = Plan::new(label, &options, mapping);
    let shared = Arc::new(Shared { file, roles, columns, civil, plan, label: label.to_owned() });
    let blocks = ParquetRecords { shared, pieces: pieces.into_iter(), total };
    Ok(Opened { blocks: Box::new(blocks), notes, options, header: None, digesting: None })
}

/// The options with the names of the columns that were found.
fn resolved(options: &ReadOptions, infos: &[ColumnInfo], roles: &Roles) -> ReadOptions {
    let mut options = options.clone();
    let name = |place: usize| Some(infos[roles.columns[place]].name.clone());
    options.time_column = name(0);
    if matches!(roles.shape, Shape::Long) {
        (options.parameter_column, options.value_column) = (name(1), name(2));
    }
    options
}

/// What a column of the file gives.
fn gives(index: usize, infos: &[ColumnInfo], roles: &Roles) -> Gives {
    let place = roles.columns.iter().position(|column| *column == index);
    match (&roles.shape, place) {
        (_, Some(0)) => Gives::Time,
        (Shape::Long, Some(1)) => Gives::Parameter,
        (_, Some(_)) => Gives::Value,
        _ if is_one_of(&infos[index].name, LABEL) => Gives::Label,
        _ => Gives::Any,
    }
}

/// Refuses columns that were asked for and hold the wrong thing.
fn check(infos: &[ColumnInfo], roles: &Roles) -> Result<()> {
    for index in roles.columns.iter().skip(1) {
        let ColumnInfo { name: called, content } = &infos[*index];
        let wanted = match gives(*index, infos, roles) {
            Gives::Value if *content != Content::Number => "numbers",
            Gives::Parameter if *content != Content::Text => "text",
            _ => continue,
        };
        return Err(Error::failed(format!("column {} holds no {wanted}", name(called))));
    }
    Ok(())
}

impl Blocks<Batch> for ParquetRecords {
    fn next(&mut self) -> Result<Option<Job<Batch>>> {
        let Some(piece) = self.pieces.next() else { return Ok(None) };
        let shared = Arc::clone(&self.shared);
        Ok(Some(Box::new(move || shared.read(&piece))))
    }

    fn progress(&self) -> f64 {
        1.0 - self.pieces.len() as f64 / self.total.max(1) as f64
    }
}

impl Shared {
    fn read(&self, piece: &Piece) -> Result<Batch> {
        let mut columns = read(&self.file, piece, &self.label)?;
        for (index, column) in columns.iter_mut().enumerate() {
            if let (Gives::Time, Column::Times(times)) = (self.columns.gives(index), column) {
                self.roles.moments(times);
            }
        }
        let mut runs = vec![0; columns.len()];
        let mut json = Vec::new();
        let mut made = Vec::with_capacity(piece.len());
        for row in 0..piece.len() {
            let start = json.len();
            let mut fault: Option<Fault> = None;
            for (index, (column, run)) in columns.iter().zip(&mut runs).enumerate() {
                // also what can't be used is written, for those who will mend it
                if let Err(wrong) = self.columns.push_cell(&mut json, index, self.cell(index, column, row, run)) {
                    fault.get_or_insert(wrong);
                }
            }
            json.push(b'}');
            made.push((start..json.len(), fault));
        }
        let mut builder = Builder::new(&self.plan, json.len());
        for (position, (range, fault)) in (piece.first_row() + 1..).zip(made) {
            let text = &json[range];
            match fault {
                None => builder.add_or_reject(position, text),
                Some(fault) => builder.reject(position, fault, text),
            }
        }
        Ok(builder.finish())
    }

    /// The cell of a row; rows are asked for in order, and `run` is where a column of text has got to.
    fn cell<'a>(&self, index: usize, column: &'a Column, row: usize, run: &mut usize) -> Cell<'a> {
        match column {
            Column::Times(times) if times[row] == NO_TIME => Cell::Missing,
            Column::Times(times) => {
                let civil = self.civil[index] && self.columns.gives(index) != Gives::Time;
                if civil { Cell::Civil(times[row]) } else { Cell::Moment(times[row]) }
            }
            Column::Numbers(numbers) if numbers[row].is_nan() => Cell::Missing,
            Column::Numbers(numbers) => Cell::Number(numbers[row]),
            Column::Whole(numbers) => numbers[row].map_or(Cell::Missing, Cell::Whole),
            Column::Truths(truths) => truths[row].map_or(Cell::Missing, Cell::Truth),
            Column::Text(text) => {
                while text.runs[*run].1 <= row {
                    *run += 1;
                }
                text.values[text.runs[*run].0 as usize].as_deref().map_or(Cell::Missing, Cell::Text)
            }
        }
    }
}
