//! From Parquet to columns.

use std::fs::File;

use polars_arrow::array::{Array, BinaryArray, BooleanArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, TimeUnit};
use polars_arrow::types::NativeType;
use polars_buffer::Buffer;

use super::encode::dtype;
use super::{Stored, Table};
use crate::domain::texts::Texts;
use crate::error::{Error, Result};
use crate::store::codec::read::{ParquetFile, Piece};
use crate::store::codec::text_column::TextColumn;
use crate::store::schema::{Column, Kind, TypedColumn};

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

    /// All rows of a column.
    ///
    /// # Errors
    /// When the file is damaged, or has not this column; the message names it.
    pub fn read<K: Stored>(&self, column: TypedColumn<K>) -> Result<K::Values> {
        let column = column.column;
        let Some(place) = self.place(&column)? else {
            return K::missing(self.rows()).ok_or_else(|| self.fault(&format!("it has no column {}", column.name)));
        };
        let mut values = K::Values::default();
        let mut rows = 0;
        for piece in self.file.pieces_of(&[place], usize::MAX, true) {
            let bytes = self.file.bytes(piece.group(), place).map_err(|reason| self.fault(&reason))?;
            values
                .decode(&Chunk { file: &self.file, piece: &piece, place, bytes, column: &column })
                .map_err(|reason| self.fault(&reason))?;
            rows += piece.len();
            if values.rows() != rows {
                return Err(self.fault("a row group has fewer rows than it says"));
            }
        }
        if !column.nullable && values.lacks_values() {
            return Err(self.fault(&format!("values are missing in its column {}", column.name)));
        }
        Ok(values)
    }

    /// The place of a column in the file; `None` where the file has not this column.
    fn place(&self, column: &Column) -> Result<Option<usize>> {
        if !self.table.columns.contains(column) {
            return Err(Error::failed(format!("the table has no column {}", column.name)));
        }
        let place = self.file.columns().iter().position(|known| known.name == column.name);
        match place.and_then(|place| self.file.dtype(place)) {
            Some(dtype) if !holds(column.kind, dtype) => {
                Err(self.fault(&format!("its column {} is of another type", column.name)))
            }
            _ => Ok(place),
        }
    }

    fn fault(&self, reason: &str) -> Error {
        Error::failed(format!("{}: the Parquet file can't be used: {reason}", self.name))
            .hint("it is damaged or was replaced; restore it from a copy")
    }
}

/// Whether a column of this type in a file is one of this kind.
fn holds(kind: Kind, dtype: &ArrowDataType) -> bool {
    use ArrowDataType as T;
    match kind {
        Kind::Time => matches!(dtype, T::Timestamp(TimeUnit::Millisecond, Some(_))),
        Kind::Integer => *dtype == T::Int64,
        Kind::Number => *dtype == T::Float64,
        Kind::Name | Kind::Text => matches!(dtype, T::Utf8 | T::LargeUtf8 | T::Utf8View),
        Kind::Flag => *dtype == T::Boolean,
        Kind::Bytes => matches!(dtype, T::Binary | T::LargeBinary | T::BinaryView),
    }
}

/// A column in a row group of a file.
pub struct Chunk<'a> {
    file: &'a ParquetFile,
    piece: &'a Piece,
    place: usize,
    bytes: Buffer<u8>,
    column: &'a Column,
}

impl Chunk<'_> {
    /// Appends the arrays of the column by `append`, which gives `None` for those of another type, or in which values
    /// are missing where none may be.
    fn arrays(&self, mut append: impl FnMut(Box<dyn Array>) -> Option<()>) -> std::result::Result<(), String> {
        // long texts with one after another
        let dtype = match self.column.kind {
            Kind::Text | Kind::Bytes => ArrowDataType::LargeBinary,
            kind => dtype(kind),
        };
        for array in self.file.arrays(self.piece, self.place, self.bytes.clone(), &dtype)? {
            append(array).ok_or_else(|| format!("its column {} is damaged", self.column.name))?;
        }
        Ok(())
    }
}

/// Values that can be read from a file.
pub trait Decode: Default {
    /// Appends the rows of a row group.
    ///
    /// # Errors
    /// When they are damaged; the reason in a few words.
    fn decode(&mut self, chunk: &Chunk) -> std::result::Result<(), String>;

    /// The number of rows.
    fn rows(&self) -> usize;

    /// Whether a value is missing, where the type does not say it.
    fn lacks_values(&self) -> bool {
        false
    }
}

impl Decode for Vec<i64> {
    fn decode(&mut self, chunk: &Chunk) -> std::result::Result<(), String> {
        if let Some(more) = chunk.file.differences(chunk.piece, chunk.place, chunk.bytes.clone())? {
            append_all(self, more);
            return Ok(());
        }
        chunk.arrays(|array| append_numbers(self, array))
    }

    fn rows(&self) -> usize {
        self.len()
    }
}

impl Decode for Vec<f64> {
    fn decode(&mut self, chunk: &Chunk) -> std::result::Result<(), String> {
        if let Some(more) = chunk.file.doubles(chunk.piece, chunk.place, chunk.bytes.clone())? {
            append_all(self, more);
            return Ok(());
        }
        chunk.arrays(|array| append_numbers(self, array))
    }

    fn rows(&self) -> usize {
        self.len()
    }
}

impl<T: NativeType> Decode for Vec<Option<T>> {
    fn decode(&mut self, chunk: &Chunk) -> std::result::Result<(), String> {
        chunk.arrays(|array| {
            let array = array.as_any().downcast_ref::<PrimitiveArray<T>>()?;
            self.extend(array.iter().map(|value| value.copied()));
            Some(())
        })
    }

    fn rows(&self) -> usize {
        self.len()
    }
}

impl Decode for TextColumn {
    fn decode(&mut self, chunk: &Chunk) -> std::result::Result<(), String> {
        if let Some(more) = chunk.file.names(chunk.piece, chunk.place, chunk.bytes.clone())? {
            self.extend(&more);
            return Ok(());
        }
        chunk.arrays(|array| {
            self.append(array.as_any().downcast_ref::<Utf8ViewArray>()?);
            Some(())
        })
    }

    fn rows(&self) -> usize {
        self.len()
    }

    fn lacks_values(&self) -> bool {
        self.values.contains(&None)
    }
}

impl Decode for Texts {
    fn decode(&mut self, chunk: &Chunk) -> std::result::Result<(), String> {
        chunk.arrays(|array| append_texts(self, array))
    }

    fn rows(&self) -> usize {
        self.len()
    }
}

impl Decode for Vec<bool> {
    fn decode(&mut self, chunk: &Chunk) -> std::result::Result<(), String> {
        chunk.arrays(|array| {
            let array = array.as_any().downcast_ref::<BooleanArray>()?;
            (array.null_count() == 0).then(|| self.extend(array.values_iter()))
        })
    }

    fn rows(&self) -> usize {
        self.len()
    }
}

impl Decode for Vec<Vec<u8>> {
    fn decode(&mut self, chunk: &Chunk) -> std::result::Result<(), String> {
        chunk.arrays(|array| {
            let array = array.as_any().downcast_ref::<BinaryArray<i64>>()?;
            (array.null_count() == 0).then(|| self.extend(array.values_iter().map(<[u8]>::to_vec)))
        })
    }

    fn rows(&self) -> usize {
        self.len()
    }
}

/// Appends values; the first ones are not copied.
fn append_all<T>(values: &mut Vec<T>, mut more: Vec<T>) {
    if values.is_empty() { *values = more } else { values.append(&mut more) }
}

fn append_numbers<T: NativeType>(values: &mut Vec<T>, array: Box<dyn Array>) -> Option<()> {
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
