//! Measurements as Parquet, a row group at a time.
//!
//! A file has the columns `event_time` (milliseconds, UTC), `parameter` (text, by dictionary) and `value` (double),
//! all required, compressed with zstd, with statistics. Row groups are encoded apart from the file they go to, so that
//! many can be encoded at once and be written in order; the bytes depend on the rows alone.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::{PlSmallStr, PolarsError, PolarsResult};
use polars_arrow::array::{Array, DictionaryArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_parquet::write::{
    CompressedPage, DynIter, DynStreamingIterator, Encoding, FileWriter, array_to_columns, fallible_streaming_iterator,
    to_parquet_type,
};

use super::pages::compressed;
use super::table::{dtype, options};
use crate::domain::rows::Rows;
use crate::store::schema::Kind;

/// A row group that is ready to be written.
#[derive(Debug)]
pub struct EncodedGroup {
    rows: u64,
    columns: Vec<Vec<CompressedPage>>,
}

/// Writes measurements to a Parquet file. Without [`MeasurementWriter::finish`] the file is not readable.
pub struct MeasurementWriter<W: Write> {
    file: FileWriter<Witness<W>>,
    error: LastError,
}

/// Why the sink could not be written: polars keeps only the text of such an error.
type LastError = Arc<Mutex<Option<io::Error>>>;

/// Hands bytes on to the sink, and keeps its error.
struct Witness<W> {
    sink: W,
    error: LastError,
}

impl<W> Witness<W> {
    fn keep<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let (kind, text) = (error.kind(), error.to_string());
            *self.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            io::Error::new(kind, text)
        })
    }
}

impl<W: Write> Write for Witness<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.sink.write(bytes);
        self.keep(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.sink.flush();
        self.keep(result)
    }
}

impl EncodedGroup {
    /// Encodes and compresses rows, on this thread.
    ///
    /// # Errors
    /// When the columns differ in length, a row's parameter has no name, or a page would have 2 GiB or more, which Parquet
    /// does not allow.
    pub fn new(rows: Rows) -> io::Result<Self> {
        let Rows { times, names, parameters, values } = rows;
        let count = times.len();
        if [parameters.len(), values.len()] != [count; 2] {
            return Err(io::Error::other("the columns of a row group differ in length"));
        }
        if parameters.iter().any(|parameter| *parameter as usize >= names.len()) {
            return Err(io::Error::other("a row's parameter has no name"));
        }
        let names = Utf8ViewArray::from_slice_values(names).boxed();
        let keys = PrimitiveArray::from_vec(parameters);
        let columns: [Box<dyn Array>; 3] = [
            PrimitiveArray::from_vec(times).to(dtype(Kind::Time)).boxed(),
            DictionaryArray::try_from_keys(keys, names, false).map_err(failed)?.boxed(),
            PrimitiveArray::from_vec(values).boxed(),
        ];
        let columns = fields().into_iter().zip(columns).zip(ENCODINGS).map(|((field, column), encoding)| {
            let pages = array_to_columns(column, to_parquet_type(&field)?, options(true)?, &[encoding])?;
            compressed(pages.into_iter().flatten())
        });
        let columns = columns.collect::<PolarsResult<Vec<_>>>().map_err(failed)?;
        Ok(Self { rows: count as u64, columns })
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

impl<W: Write> MeasurementWriter<W> {
    /// A file that is written to `sink`.
    ///
    /// # Errors
    /// When Parquet has no such columns or zstd no such level. Both are constants, with which the tests write files.
    pub fn new(sink: W) -> io::Result<Self> {
        let schema: ArrowSchema = fields().into_iter().map(|field| (field.name.clone(), field)).collect();
        let options = options(true).map_err(failed)?;
        let error = LastError::default();
        let witness = Witness { sink, error: Arc::clone(&error) };
        Ok(Self { file: FileWriter::try_new(witness, schema, options).map_err(failed)?, error })
    }

    /// Writes a row group; none where it has no rows.
    ///
    /// # Errors
    /// When the sink can't be written.
    pub fn write(&mut self, group: &EncodedGroup) -> io::Result<()> {
        if group.rows == 0 {
            return Ok(());
        }
        let columns = group.columns.iter().map(|pages| {
            let pages = pages.iter().map(PolarsResult::Ok);
            Ok(DynStreamingIterator::new(fallible_streaming_iterator::convert(pages)))
        });
        self.file.write(group.rows, DynIter::new(columns)).map_err(|error| self.cause(error))
    }

    /// Encodes and writes a row group.
    ///
    /// # Errors
    /// See [`EncodedGroup::new`] and [`MeasurementWriter::write`].
    pub fn write_group(&mut self, rows: Rows) -> io::Result<()> {
        self.write(&EncodedGroup::new(rows)?)
    }

    /// Writes the footer and gives the sink back.
    ///
    /// # Errors
    /// When the sink can't be written.
    pub fn finish(mut self) -> io::Result<W> {
        // Without a copy of the Arrow schema: the Parquet one says it all.
        self.file.end(Some(Vec::new())).map_err(|error| self.cause(error))?;
        Ok(self.file.into_inner().sink)
    }

    /// The sink's own error where there was one.
    fn cause(&self, error: PolarsError) -> io::Error {
        let sink = self.error.lock().unwrap_or_else(PoisonError::into_inner).take();
        sink.unwrap_or_else(|| failed(error))
    }
}

/// Times are near to evenly spaced, so their differences take little room; names are few.
const ENCODINGS: [Encoding; 3] = [Encoding::DeltaBinaryPacked, Encoding::RleDictionary, Encoding::Plain];

fn fields() -> [Field; 3] {
    let field = |name, dtype| Field::new(PlSmallStr::from_static(name), dtype, false);
    [
        field("event_time", dtype(Kind::Time)),
        field("parameter", ArrowDataType::Utf8View),
        field("value", ArrowDataType::Float64),
    ]
}

fn failed(error: PolarsError) -> io::Error {
    io::Error::other(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use polars::prelude::{DataFrame, DataType, ParquetReader, SerReader, TimeUnit, TimeZone};

    use super::*;

    fn rows(names: &[&str], from: i64, count: usize) -> Rows {
        let mut rows = Rows { names: names.iter().map(ToString::to_string).collect(), ..Rows::default() };
        for row in 0..count {
            rows.push(from + row as i64 * 60_000, (row * names.len() / count) as u32, row as f64 / 8.0 - 3.0);
        }
        rows
    }

    fn file(groups: &[Rows]) -> Vec<u8> {
        let mut writer = MeasurementWriter::new(Vec::new()).unwrap();
        groups.iter().for_each(|group| writer.write_group(group.clone()).unwrap());
        writer.finish().unwrap()
    }

    fn read(file: Vec<u8>) -> (DataFrame, usize) {
        let mut reader = ParquetReader::new(Cursor::new(file));
        let groups = reader.get_metadata().unwrap().row_groups.len();
        (reader.finish().unwrap(), groups)
    }

    #[test]
    fn what_was_written_reads_back() {
        let groups = [rows(&["a", "b.c"], 0, 5_000), rows(&["z"], -7, 0), rows(&["b.c", "ü"], 1 << 40, 333)];
        let (frame, count) = read(file(&groups));
        assert_eq!(count, 2); // one had no rows
        assert_eq!(frame.shape(), (5_333, 3));
        let time = DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
        assert_eq!(frame.dtypes(), [time, DataType::String, DataType::Float64]);
        let times = frame.column("event_time").unwrap().to_physical_repr();
        let (times, values) = (times.i64().unwrap(), frame.column("value").unwrap().f64().unwrap());
        let names = frame.column("parameter").unwrap().str().unwrap();
        let mut row = 0;
        for group in &groups {
            for place in 0..group.len() {
                assert_eq!(times.get(row), Some(group.times[place]));
                assert_eq!(values.get(row), Some(group.values[place]));
                assert_eq!(names.get(row), Some(group.names[group.parameters[place] as usize].as_str()));
                row += 1;
            }
        }
    }

    #[test]
    fn a_file_without_rows_reads_back() {
        assert_eq!(read(file(&[])).0.shape(), (0, 3));
    }

    #[test]
    fn columns_that_do_not_fit_are_refused() {
        let mut short = rows(&["a"], 0, 10);
        short.values.pop();
        assert!(EncodedGroup::new(short).is_err());
        let nameless = Rows { names: Vec::new(), ..rows(&["a"], 0, 10) };
        assert!(EncodedGroup::new(nameless).is_err());
    }

    #[test]
    fn the_error_of_the_sink_is_kept() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut writer = MeasurementWriter::new(Full).unwrap();
        let error = writer.write_group(rows(&["a"], 0, 10)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
