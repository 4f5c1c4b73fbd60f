//! From Parquet to columns.

use std::fs::File;

use polars_arrow::array::{Array, BinaryArray, BooleanArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, TimeUnit};
use polars_arrow::types::NativeType;

use super::{Column, ColumnSpec, Content, Table};
use crate::domain::texts::Texts;
use crate::error::{Error, Result};
use crate::store::codec::read::{ParquetFile, Piece};

/// A Parquet file with the rows of a table.
pub struct TableFile {
    table: &'static Table,
    /// For messages.
    name: String,
    file: ParquetFile,
}

impl Table {
    /// Opens the rows of an object; `name` is its key.
    ///
    /// # Errors
    /// When it is no Parquet file, or damaged; the message names it.
    pub fn open(&'static self, name: &str, bytes: Vec<u8>) -> Result<TableFile> {
        self.opened(name, ParquetFile::in_memory(bytes))
    }

    /// The same for a file on disk, of which only those bytes are read that are needed.
    ///
    /// # Errors
    /// When it is no Parquet file, or damaged; the message names it.
    pub fn open_file(&'static self, name: &str, file: File) -> Result<TableFile> {
        self.opened(name, ParquetFile::open(file))
    }

    fn opened(&'static self, name: &str, file: Result<ParquetFile>) -> Result<TableFile> {
        let file = file.map_err(|error| error.at(name))?;
        Ok(TableFile { table: self, name: name.to_owned(), file })
    }
}

impl TableFile {
    /// The key of the object.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.file.rows()
    }

    /// All rows of these columns, in the order in which they are asked for.
    ///
    /// # Errors
    /// When the file is damaged, or has not these columns; the message names it.
    pub fn read(&self, columns: &[&str]) -> Result<Vec<Column>> {
        let wanted = self.wanted(columns)?;
        let mut result: Vec<Column> = wanted.iter().map(|wanted| wanted.0.empty()).collect();
        for piece in self.pieces(&wanted) {
            self.append(&piece, &wanted, &mut result)?;
        }
        self.complete(&wanted, self.rows(), result)
    }

    /// The rows of these columns a row group at a time, so that memory stays bounded.
    ///
    /// # Errors
    /// When the file has not these columns.
    pub fn groups(&self, columns: &[&str]) -> Result<impl Iterator<Item = Result<Vec<Column>>>> {
        let wanted = self.wanted(columns)?;
        Ok(self.pieces(&wanted).into_iter().map(move |piece| {
            let mut result: Vec<Column> = wanted.iter().map(|wanted| wanted.0.empty()).collect();
            self.append(&piece, &wanted, &mut result)?;
            self.complete(&wanted, piece.len(), result)
        }))
    }

    /// The columns with their places in the file.
    fn wanted(&self, columns: &[&str]) -> Result<Vec<(&'static ColumnSpec, Option<usize>)>> {
        let wanted = columns.iter().map(|name| {
            let spec = &self.table.columns[self.table.place(name)?];
            let place = self.file.columns().iter().position(|column| column.name == spec.name);
            match place.and_then(|place| self.file.dtype(place)) {
                None if spec.nullable => {}
                None => return Err(self.fault(&format!("it has no column {}", spec.name))),
                Some(dtype) if spec.content.is(dtype) => {}
                Some(_) => return Err(self.fault(&format!("its column {} is of another type", spec.name))),
            }
            Ok((spec, place))
        });
        wanted.collect()
    }

    fn pieces(&self, wanted: &[(&ColumnSpec, Option<usize>)]) -> Vec<Piece> {
        let places: Vec<usize> = wanted.iter().filter_map(|wanted| wanted.1).collect();
        self.file.pieces_of(&places, usize::MAX, true)
    }

    fn append(&self, piece: &Piece, wanted: &[(&ColumnSpec, Option<usize>)], result: &mut [Column]) -> Result<()> {
        for ((spec, place), column) in wanted.iter().zip(result) {
            let Some(place) = *place else { continue };
            let before = column.len();
            self.append_column(piece, spec, place, column).map_err(|reason| self.fault(&reason))?;
            if column.len() - before != piece.len() {
                return Err(self.fault("a row group has fewer rows than it says"));
            }
        }
        Ok(())
    }

    fn append_column(
        &self,
        piece: &Piece,
        spec: &ColumnSpec,
        place: usize,
        column: &mut Column,
    ) -> std::result::Result<(), String> {
        let bytes = self.file.bytes(piece.group(), place)?;
        if let Column::Names(names) = column
            && let Some(more) = self.file.names(piece, place, bytes.clone())?
        {
            names.extend(&more);
            return Ok(());
        }
        if let Column::Times(numbers) | Column::Integers(numbers) = column
            && let Some(more) = self.file.differences(piece, place, bytes.clone())?
        {
            append_all(numbers, more);
            return Ok(());
        }
        if let Column::Numbers(numbers) = column
            && let Some(more) = self.file.doubles(piece, place, bytes.clone())?
        {
            append_all(numbers, more);
            return Ok(());
        }
        for array in self.file.arrays(piece, place, bytes, &spec.content.decoded())? {
            column.append(array).ok_or_else(|| format!("its column {} is damaged", spec.name))?;
        }
        Ok(())
    }

    /// Adds what the file lacks, and checks that nothing is missing where nothing may be.
    fn complete(
        &self,
        wanted: &[(&ColumnSpec, Option<usize>)],
        rows: usize,
        mut columns: Vec<Column>,
    ) -> Result<Vec<Column>> {
        for ((spec, place), column) in wanted.iter().zip(&mut columns) {
            if place.is_none() {
                *column = spec.missing(rows).ok_or_else(|| self.fault(&format!("it has no column {}", spec.name)))?;
            }
            if !spec.fits(column) {
                return Err(self.fault(&format!("values are missing in its column {}", spec.name)));
            }
        }
        Ok(columns)
    }

    fn fault(&self, reason: &str) -> Error {
        Error::failed(format!("{}: the Parquet file can't be used: {reason}", self.name))
            .hint("it is damaged or was replaced; restore it from a copy")
    }
}

/// Appends values; the first ones are not copied.
fn append_all<T>(values: &mut Vec<T>, mut more: Vec<T>) {
    if values.is_empty() { *values = more } else { values.append(&mut more) }
}

impl Content {
    /// Whether a column of this type in a file is one of this content.
    fn is(self, dtype: &ArrowDataType) -> bool {
        use ArrowDataType as T;
        match self {
            Self::Time => matches!(dtype, T::Timestamp(TimeUnit::Millisecond, Some(_))),
            Self::Integer => *dtype == T::Int64,
            Self::Number => *dtype == T::Float64,
            Self::Name | Self::Text => matches!(dtype, T::Utf8 | T::LargeUtf8 | T::Utf8View),
            Self::Flag => *dtype == T::Boolean,
            Self::Bytes => matches!(dtype, T::Binary | T::LargeBinary | T::BinaryView),
        }
    }

    /// The type as which it is decoded: long texts with one after another.
    fn decoded(self) -> ArrowDataType {
        match self {
            Self::Text | Self::Bytes => ArrowDataType::LargeBinary,
            _ => self.dtype(),
        }
    }
}

impl Column {
    /// Appends rows; `None` if they are of another type, or missing where they can't be.
    fn append(&mut self, array: Box<dyn Array>) -> Option<()> {
        match self {
            Self::Times(values) | Self::Integers(values) => append(values, array),
            Self::SomeIntegers(values) => append_some(values, &*array),
            Self::Numbers(values) => append(values, array),
            Self::SomeNumbers(values) => append_some(values, &*array),
            Self::Names(names) => {
                names.append(array.as_any().downcast_ref::<Utf8ViewArray>()?);
                Some(())
            }
            Self::Texts(texts) => append_texts(texts, array),
            Self::Flags(values) => {
                let array = array.as_any().downcast_ref::<BooleanArray>()?;
                (array.null_count() == 0).then(|| values.extend(array.values_iter()))
            }
            Self::Bytes(values) => {
                let array = array.as_any().downcast_ref::<BinaryArray<i64>>()?;
                (array.null_count() == 0).then(|| values.extend(array.values_iter().map(<[u8]>::to_vec)))
            }
        }
    }
}

fn append<T: NativeType>(values: &mut Vec<T>, array: Box<dyn Array>) -> Option<()> {
    let numbers = array.as_any().downcast_ref::<PrimitiveArray<T>>()?.clone();
    drop(array); // so that the values have one owner
    if numbers.null_count() > 0 {
        return None;
    }
    let (_, numbers, _) = numbers.into_inner();
    if values.is_empty() {
        *values = numbers.to_vec(); // no copy where they have one owner
    } else {
        values.extend_from_slice(&numbers);
    }
    Some(())
}

fn append_some<T: NativeType>(values: &mut Vec<Option<T>>, array: &dyn Array) -> Option<()> {
    let array = array.as_any().downcast_ref::<PrimitiveArray<T>>()?;
    values.extend(array.iter().map(|value| value.copied()));
    Some(())
}

fn append_texts(texts: &mut Texts, array: Box<dyn Array>) -> Option<()> {
    let array = array.as_any().downcast_ref::<BinaryArray<i64>>()?;
    if array.null_count() > 0 {
        return None;
    }
    let offsets = array.offsets();
    let (first, last) = (*offsets.first() as usize, *offsets.last() as usize);
    let joined = std::str::from_utf8(array.values().get(first..last)?).ok()?;
    let ends = offsets.iter().skip(1).map(|end| *end as usize - first);
    let more = Texts::from_parts(joined.to_owned(), ends.collect())?;
    texts.append(more);
    Some(())
}
