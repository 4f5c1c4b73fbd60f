//! Reading Parquet, a piece of a row group at a time, so that memory depends neither on the size of the file nor on that
//! of its row groups' rows.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use polars_arrow::array::{Array, BooleanArray, PrimitiveArray};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field, TimeUnit};
use polars_arrow::types::NativeType;
use polars_buffer::Buffer;
use polars_parquet::read::{FileMetadata, Filter, column_iter_to_arrays, infer_schema, read_metadata};

use super::guard::guarded;
use super::pages::pages;
pub use super::text_column::TextColumn;
use crate::domain::measurement::Millis;
use crate::error::{Error, Result};

/// What stands for a missing time.
pub const NO_TIME: Millis = Millis::MIN;

/// The number of rows from which on a footer is not believed.
const MOST_ROWS: u64 = 100_000_000_000;

/// What is wrong where a column claims bytes that are not there.
const BEYOND: &str = "a column lies beyond the end of the file";

/// How many rows are decoded at once.
const PIECE: usize = 1 << 17;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Moments, or civil times without a zone.
    Time {
        /// Whether the times are civil times.
        civil: bool,
    },
    /// Numbers.
    Number,
    /// Text.
    Text,
    /// Booleans.
    Truth,
    /// Something else: structures, lists, bytes.
    Other,
}

/// A column of a file.
#[derive(Clone, Debug)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub content: Content,
}

/// The values of a column in a piece.
#[derive(Debug)]
pub enum Column {
    /// Milliseconds; [`NO_TIME`] where there is none.
    Times(Vec<Millis>),
    /// Numbers; NaN where there is none.
    Numbers(Vec<f64>),
    /// Whole numbers, where they were asked for exactly.
    Whole(Vec<Option<i128>>),
    /// Text.
    Text(TextColumn),
    /// Booleans.
    Truths(Vec<Option<bool>>),
}

/// A Parquet file.
pub struct ParquetFile {
    source: Source,
    metadata: FileMetadata,
    schema: ArrowSchema,
    columns: Vec<ColumnInfo>,
}

/// Where the bytes are.
enum Source {
    File(Mutex<File>),
    Memory(Buffer<u8>),
}

/// Consecutive rows of one row group.
pub struct Piece {
    group: Arc<Group>,
    rows: Range<usize>,
    first_row: u64,
}

/// A row group, whose bytes are read once for all its pieces.
struct Group {
    number: usize,
    columns: Vec<usize>,
    /// Whether whole numbers are wanted exactly.
    exact: bool,
    bytes: OnceLock<std::result::Result<Vec<Buffer<u8>>, String>>,
}

impl ParquetFile {
    /// Opens a file: reads its footer.
    ///
    /// # Errors
    /// When it is no Parquet, or cut off.
    pub fn open(mut file: File) -> Result<Self> {
        let metadata = guarded(|| read_metadata(&mut file));
        Self::new(metadata, Source::File(Mutex::new(file)))
    }

    /// Opens a file that is in memory.
    ///
    /// # Errors
    /// When it is no Parquet, or cut off.
    pub fn in_memory(bytes: Vec<u8>) -> Result<Self> {
        let metadata = guarded(|| read_metadata(&mut Cursor::new(&bytes)));
        Self::new(metadata, Source::Memory(Buffer::from_vec(bytes)))
    }

    fn new(metadata: std::result::Result<FileMetadata, String>, source: Source) -> Result<Self> {
        let schema = metadata.and_then(|metadata| guarded(|| Ok((infer_schema(&metadata)?, metadata))));
        let (schema, metadata) = schema.map_err(|reason| {
            let cut_off = reason.contains("must end with PAR1");
            let reason = if cut_off { "its end is missing" } else { &reason };
            Error::failed(format!("the Parquet file can't be read: {reason}"))
                .hint("it may have been cut off; copy or write it again")
        })?;
        if let Some(what) = implausible(&metadata) {
            return Err(Error::failed(format!("the Parquet file is damaged: {what}")).hint("copy or write it again"));
        }
        let columns = schema
            .iter_values()
            .map(|field| ColumnInfo { name: field.name.to_string(), content: content(&field.dtype) });
        Ok(Self { columns: columns.collect(), source, metadata, schema })
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> &[ColumnInfo] {
        &self.columns
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.metadata.num_rows
    }

    /// The file in pieces, of which only these columns will be read.
    #[must_use]
    pub fn pieces(&self, columns: &[usize]) -> Vec<Piece> {
        self.pieces_of(columns, PIECE, false)
    }

    /// The file in pieces of at most so many rows; `exact`: whole numbers as such, rather than as doubles.
    #[must_use]
    pub fn pieces_of(&self, columns: &[usize], most: usize, exact: bool) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut first_row = 0;
        for (number, row_group) in self.metadata.row_groups.iter().enumerate() {
            let group = Arc::new(Group { number, columns: columns.to_vec(), exact, bytes: OnceLock::new() });
            let rows = row_group.num_rows();
            let count = rows.div_ceil(most).max(1);
            for piece in 0..count {
                let rows = rows * piece / count..rows * (piece + 1) / count;
                pieces.push(Piece { group: Arc::clone(&group), first_row: first_row + rows.start as u64, rows });
            }
            first_row += rows as u64;
        }
        pieces
    }

    /// Reads and decodes a piece: its columns, in the order in which they were asked for.
    ///
    /// # Errors
    /// When the file is damaged; the reason in a few words.
    pub fn read(&self, piece: &Piece) -> std::result::Result<Vec<Column>, String> {
        let group = &piece.group;
        let bytes = group.bytes.get_or_init(|| group.columns.iter().map(|&c| self.bytes(group.number, c)).collect());
        let bytes = bytes.as_ref().map_err(Clone::clone)?;
        let columns = group.columns.iter().zip(bytes);
        columns.map(|(&column, bytes)| self.decode(piece, column, bytes.clone())).collect()
    }

    /// The compressed bytes of a column of a row group.
    pub(super) fn bytes(&self, group: usize, column: usize) -> std::result::Result<Buffer<u8>, String> {
        let chunk = self.chunk(group, column)?;
        let range = chunk.byte_range();
        let file = match &self.source {
            Source::File(file) => file,
            Source::Memory(bytes) if range.start <= range.end && range.end <= bytes.len() as u64 => {
                return Ok(bytes.clone().sliced(range.start as usize..range.end as usize));
            }
            Source::Memory(_) => return Err(BEYOND.to_owned()),
        };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let end = file.seek(SeekFrom::End(0)).map_err(|cause| cause.to_string())?;
        if range.end > end || range.start > range.end {
            return Err(BEYOND.to_owned());
        }
        let mut bytes = vec![0; (range.end - range.start) as usize];
        file.seek(SeekFrom::Start(range.start)).map_err(|cause| cause.to_string())?;
        file.read_exact(&mut bytes).map_err(|cause| cause.to_string())?;
        Ok(Buffer::from_vec(bytes))
    }

    pub(super) fn chunk(
        &self,
        group: usize,
        column: usize,
    ) -> std::result::Result<&polars_parquet::read::ColumnChunkMetadata, String> {
        let mut chunks =
            self.metadata.row_groups[group].columns_under_root_iter(&self.columns[column].name).into_iter().flatten();
        chunks.next().ok_or_else(|| format!("column {} is missing from a row group", self.columns[column].name))
    }

    /// Decodes a column of a piece to arrays of this type.
    pub(super) fn arrays(
        &self,
        piece: &Piece,
        column: usize,
        bytes: Buffer<u8>,
        dtype: &ArrowDataType,
    ) -> std::result::Result<Vec<Box<dyn Array>>, String> {
        let chunk = self.chunk(piece.group.number, column)?;
        let field = Field::new(self.columns[column].name.as_str().into(), dtype.clone(), true);
        guarded(|| {
            let whole = i64::try_from(piece.rows.len()).is_ok_and(|rows| rows == chunk.num_values());
            let decompressor = pages(chunk, bytes, whole)?;
            let primitive = &chunk.descriptor().descriptor.primitive_type;
            let filter = (!whole).then(|| Filter::new_ranged(piece.rows.start, piece.rows.end));
            Ok(column_iter_to_arrays(vec![decompressor], vec![primitive], field, filter)?.0)
        })
    }

    /// The type of a column in memory.
    pub(super) fn dtype(&self, column: usize) -> Option<&ArrowDataType> {
        self.schema.get_at_index(column).map(|(_, field)| &field.dtype)
    }

    fn decode(&self, piece: &Piece, column: usize, bytes: Buffer<u8>) -> std::result::Result<Column, String> {
        let content = self.columns[column].content;
        let Some(dtype) = self.dtype(column) else { return Err("no such column".to_owned()) };
        let dtype = if content == Content::Text { ArrowDataType::Utf8View } else { dtype.clone() };
        let arrays = self.arrays(piece, column, bytes, &dtype)?;
        let mut result = match content {
            Content::Time { .. } => Column::Times(Vec::with_capacity(piece.rows.len())),
            Content::Number if piece.group.exact && is_whole(&dtype) => {
                Column::Whole(Vec::with_capacity(piece.rows.len()))
            }
            Content::Number => Column::Numbers(Vec::with_capacity(piece.rows.len())),
            Content::Truth => Column::Truths(Vec::with_capacity(piece.rows.len())),
            Content::Text => Column::Text(TextColumn::default()),
            Content::Other => {
                return Err(format!("column {} holds neither numbers nor text", self.columns[column].name));
            }
        };
        let mut read = 0;
        for array in arrays {
            read += array.len();
            match &mut result {
                Column::Times(times) => append_times(times, array, &dtype),
                Column::Numbers(numbers) => append_numbers(numbers, array, &dtype),
                Column::Whole(numbers) => append_whole(numbers, array, &dtype),
                Column::Text(text) => array.as_any().downcast_ref().map(|array| text.append(array)),
                Column::Truths(truths) => {
                    array.as_any().downcast_ref().map(|array: &BooleanArray| truths.extend(array.iter()))
                }
            }
            .ok_or_else(|| format!("column {} has the unexpected type {dtype:?}", self.columns[column].name))?;
        }
        if read == piece.rows.len() { Ok(result) } else { Err("a row group has fewer rows than it says".to_owned()) }
    }
}

impl Piece {
    /// The rows of the file that it holds, from 0.
    #[must_use]
    pub fn first_row(&self) -> u64 {
        self.first_row
    }

    /// The number of its row group.
    pub(super) fn group(&self) -> usize {
        self.group.number
    }

    /// How many rows it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it holds no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// What in a footer can't be true; to believe it would cost all memory.
fn implausible(metadata: &FileMetadata) -> Option<&'static str> {
    let rows = metadata.row_groups.iter().fold(0_u64, |sum, group| sum.saturating_add(group.num_rows() as u64));
    let unequal = metadata.row_groups.iter().any(|group| {
        let mut flat = group.parquet_columns().iter().filter(|c| c.descriptor().descriptor.max_rep_level == 0);
        flat.any(|column| u64::try_from(column.num_values()) != Ok(group.num_rows() as u64))
    });
    if rows > MOST_ROWS {
        Some("it claims to have more rows than there can be")
    } else {
        unequal.then_some("its columns have different numbers of rows")
    }
}

fn content(dtype: &ArrowDataType) -> Content {
    use ArrowDataType as T;
    match dtype {
        T::Timestamp(_, zone) => Content::Time { civil: zone.is_none() },
        T::Date32 | T::Date64 => Content::Time { civil: true },
        T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 | T::UInt64 => Content::Number,
        T::Float32 | T::Float64 | T::Decimal(_, _) => Content::Number,
        T::Utf8 | T::LargeUtf8 | T::Utf8View => Content::Text,
        T::Boolean => Content::Truth,
        T::Dictionary(_, values, _) if content(values) == Content::Text => Content::Text,
        _ => Content::Other,
    }
}

fn append_times(times: &mut Vec<Millis>, array: Box<dyn Array>, dtype: &ArrowDataType) -> Option<()> {
    const DAY: Millis = 86_400_000;
    let any = array.as_any();
    if *dtype == ArrowDataType::Date32 {
        append(times, any.downcast_ref::<PrimitiveArray<i32>>()?, NO_TIME, |days| Millis::from(days) * DAY);
        return Some(());
    }
    let array = any.downcast_ref::<PrimitiveArray<i64>>()?;
    match dtype {
        ArrowDataType::Timestamp(TimeUnit::Second, _) => {
            append(times, array, NO_TIME, |time| time.checked_mul(1000).unwrap_or(NO_TIME));
        }
        ArrowDataType::Timestamp(TimeUnit::Microsecond, _) => append(times, array, NO_TIME, |t| t.div_euclid(1000)),
        ArrowDataType::Timestamp(TimeUnit::Nanosecond, _) => append(times, array, NO_TIME, |t| t.div_euclid(1_000_000)),
        _ => append(times, array, NO_TIME, |time| time),
    }
    Some(())
}

fn append_numbers(numbers: &mut Vec<f64>, array: Box<dyn Array>, dtype: &ArrowDataType) -> Option<()> {
    use ArrowDataType as T;
    macro_rules! append_as {
        ($type:ty, $convert:expr) => {
            append(numbers, array.as_any().downcast_ref::<PrimitiveArray<$type>>()?, f64::NAN, $convert)
        };
    }
    match dtype {
        T::Float64 => append_as!(f64, |x| x),
        T::Float32 => append_as!(f32, f64::from),
        T::Int8 => append_as!(i8, f64::from),
        T::Int16 => append_as!(i16, f64::from),
        T::Int32 => append_as!(i32, f64::from),
        T::Int64 => append_as!(i64, |x| x as f64),
        T::UInt8 => append_as!(u8, f64::from),
        T::UInt16 => append_as!(u16, f64::from),
        T::UInt32 => append_as!(u32, f64::from),
        T::UInt64 => append_as!(u64, |x| x as f64),
        T::Decimal(_, scale) => {
            let unit = 10_f64.powi(i32::try_from(*scale).ok()?);
            append_as!(i128, |x| x as f64 / unit);
        }
        _ => return None,
    }
    Some(())
}

/// Whether the type is one of whole numbers.
fn is_whole(dtype: &ArrowDataType) -> bool {
    use ArrowDataType as T;
    matches!(dtype, T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 | T::UInt64)
}

fn append_whole(numbers: &mut Vec<Option<i128>>, array: Box<dyn Array>, dtype: &ArrowDataType) -> Option<()> {
    use ArrowDataType as T;
    macro_rules! append_as {
        ($type:ty) => {
            append(numbers, array.as_any().downcast_ref::<PrimitiveArray<$type>>()?, None, |x| Some(i128::from(x)))
        };
    }
    match dtype {
        T::Int8 => append_as!(i8),
        T::Int16 => append_as!(i16),
        T::Int32 => append_as!(i32),
        T::Int64 => append_as!(i64),
        T::UInt8 => append_as!(u8),
        T::UInt16 => append_as!(u16),
        T::UInt32 => append_as!(u32),
        T::UInt64 => append_as!(u64),
        _ => return None,
    }
    Some(())
}

fn append<S: NativeType, T: Copy>(
    target: &mut Vec<T>,
    array: &PrimitiveArray<S>,
    missing: T,
    convert: impl Fn(S) -> T,
) {
    let values = array.values().iter();
    match array.validity() {
        None => target.extend(values.map(|&value| convert(value))),
        Some(valid) => {
            target.extend(values.zip(valid.iter()).map(|(&v, valid)| if valid { convert(v) } else { missing }))
        }
    }
}
