//! From columns to Parquet.

use std::ops::Range;

use polars::prelude::{PlSmallStr, PolarsResult};
use polars_arrow::array::{Array, BinaryArray, BooleanArray, DictionaryArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field, TimeUnit};
use polars_arrow::offset::OffsetsBuffer;
use polars_buffer::Buffer;
use polars_parquet::write::{
    CompressedPage, CompressionOptions, DynIter, DynStreamingIterator, Encoding, FileWriter, StatisticsOptions,
    Version, WriteOptions, ZstdLevel, array_to_columns, fallible_streaming_iterator, to_parquet_type,
};

use super::values::Values;
use super::{Filled, Table};
use crate::error::{Error, Result};
use crate::store::codec::pages::{LEVEL, compressed};
use crate::store::codec::text_column::TextColumn;
use crate::store::schema::{Column, Kind};

impl Table {
    /// Rows as a Parquet file.
    ///
    /// # Errors
    /// When the columns are not those of the table.
    pub fn encode(&self, columns: &[Filled]) -> Result<Vec<u8>> {
        let rows = self.rows(columns)?;
        self.encode_rows(columns, rows).map_err(|error| Error::failed(format!("can't write Parquet: {error}")))
    }

    fn encode_rows(&self, columns: &[Filled], rows: usize) -> PolarsResult<Vec<u8>> {
        let fields = self.columns.iter().map(field);
        let schema: ArrowSchema = fields.map(|field| (field.name.clone(), field)).collect();
        let mut file = FileWriter::try_new(Vec::new(), schema, options(true)?)?;
        for start in (0..rows).step_by(self.group_rows) {
            let group = start..rows.min(start + self.group_rows);
            let columns = columns.iter().map(|column| column.pages(group.clone()));
            let columns = columns.collect::<PolarsResult<Vec<_>>>()?;
            let columns = columns.iter().map(|pages| {
                let pages = pages.iter().map(PolarsResult::Ok);
                Ok(DynStreamingIterator::new(fallible_streaming_iterator::convert(pages)))
            });
            file.write(group.len() as u64, DynIter::new(columns))?;
        }
        // Without a copy of the Arrow schema: the Parquet one says it all.
        file.end(Some(Vec::new()))?;
        Ok(file.into_inner())
    }
}

impl Filled {
    /// Some rows, encoded and compressed.
    fn pages(&self, rows: Range<usize>) -> PolarsResult<Vec<CompressedPage>> {
        // The least and greatest of arbitrary texts help nobody, and may be long.
        let options = options(!matches!(self.column.kind, Kind::Text | Kind::Bytes))?;
        let (array, field) = (self.values.array(rows)?, field(&self.column));
        let pages = array_to_columns(array, to_parquet_type(&field)?, options, &[encoding(self.column.kind)])?;
        compressed(pages.into_iter().flatten())
    }
}

fn field(column: &Column) -> Field {
    Field::new(PlSmallStr::from_static(column.name), dtype(column.kind), column.nullable)
}

/// Times and numbers of rows are near to evenly spaced, so their differences take little room; names are few.
fn encoding(kind: Kind) -> Encoding {
    match kind {
        Kind::Time | Kind::Integer => Encoding::DeltaBinaryPacked,
        Kind::Name => Encoding::RleDictionary,
        Kind::Number | Kind::Text | Kind::Flag | Kind::Bytes => Encoding::Plain,
    }
}

/// The type in Arrow, from which that in Parquet follows.
pub(in crate::store::codec) fn dtype(kind: Kind) -> ArrowDataType {
    match kind {
        Kind::Time => ArrowDataType::Timestamp(TimeUnit::Millisecond, Some(PlSmallStr::from_static("UTC"))),
        Kind::Integer => ArrowDataType::Int64,
        Kind::Number => ArrowDataType::Float64,
        Kind::Name | Kind::Text => ArrowDataType::Utf8View,
        Kind::Flag => ArrowDataType::Boolean,
        Kind::Bytes => ArrowDataType::BinaryView,
    }
}

impl Values {
    fn array(&self, rows: Range<usize>) -> PolarsResult<Box<dyn Array>> {
        Ok(match self {
            Self::Times(values) => PrimitiveArray::from_slice(&values[rows]).to(dtype(Kind::Time)).boxed(),
            Self::Integers(values) => PrimitiveArray::from_slice(&values[rows]).boxed(),
            Self::SomeIntegers(values) => PrimitiveArray::from(&values[rows]).boxed(),
            Self::Numbers(values) => PrimitiveArray::from_slice(&values[rows]).boxed(),
            Self::SomeNumbers(values) => PrimitiveArray::from(&values[rows]).boxed(),
            Self::Names(names) => dictionary(names, rows)?,
            Self::Texts(texts) => {
                let (joined, ends) = texts.parts();
                let from = rows.start.checked_sub(1).map_or(0, |last| ends[last]);
                let ends = &ends[rows];
                let to = ends.last().copied().unwrap_or(from);
                binary(ends.iter().map(|end| end - from), joined.as_bytes()[from..to].to_vec())?
            }
            Self::Flags(values) => BooleanArray::from_slice(&values[rows]).boxed(),
            Self::Bytes(values) => {
                let values = &values[rows];
                let ends = values.iter().scan(0, |end, value| {
                    *end += value.len();
                    Some(*end)
                });
                binary(ends, values.concat())?
            }
        })
    }
}

/// A dictionary of those names that occur in these rows, in the order of their first appearance.
fn dictionary(names: &TextColumn, rows: Range<usize>) -> PolarsResult<Box<dyn Array>> {
    const UNUSED: u32 = u32::MAX;
    let mut numbers = vec![UNUSED; names.values.len()];
    let mut used: Vec<&str> = Vec::new();
    let mut keys: Vec<u32> = Vec::with_capacity(rows.len());
    let mut valid: Vec<bool> = Vec::new();
    let any_missing = names.values.contains(&None);
    for (value, run) in names.runs_in(rows) {
        let number = match &names.values[value as usize] {
            None => 0,
            Some(name) => {
                let number = &mut numbers[value as usize];
                if *number == UNUSED {
                    *number = used.len() as u32;
                    used.push(name);
                }
                *number
            }
        };
        keys.extend(std::iter::repeat_n(number, run.len()));
        if any_missing {
            valid.extend(std::iter::repeat_n(names.values[value as usize].is_some(), run.len()));
        }
    }
    if used.is_empty() {
        used.push(""); // what missing values point to
    }
    let valid = any_missing.then(|| Bitmap::from(valid));
    let keys = PrimitiveArray::new(ArrowDataType::UInt32, keys.into(), valid);
    Ok(DictionaryArray::try_from_keys(keys, Utf8ViewArray::from_slice_values(used).boxed(), false)?.boxed())
}

/// Values that lie one after another.
fn binary(ends: impl Iterator<Item = usize>, joined: Vec<u8>) -> PolarsResult<Box<dyn Array>> {
    let offsets: Vec<i64> = std::iter::once(0).chain(ends.map(|end| end as i64)).collect();
    let offsets = OffsetsBuffer::try_from(Buffer::from_vec(offsets))?;
    Ok(BinaryArray::try_new(ArrowDataType::LargeBinary, offsets, Buffer::from_vec(joined), None)?.boxed())
}

/// How everything is written. `extremes`: whether the least and greatest value of each row group and page are noted.
pub(in crate::store::codec) fn options(extremes: bool) -> PolarsResult<WriteOptions> {
    Ok(WriteOptions {
        statistics: StatisticsOptions {
            min_value: extremes,
            max_value: extremes,
            distinct_count: false,
            null_count: true,
            // Names whole, whatever the environment says.
            binary_statistics_truncate_length: Some(0),
        },
        version: Version::V1,
        compression: CompressionOptions::Zstd(Some(ZstdLevel::try_new(LEVEL)?)),
        data_page_size: None,
    })
}
