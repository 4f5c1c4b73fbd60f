//! Reads doubles that are written as they are (`PLAIN`), straight to where they are wanted.

use polars::prelude::polars_err;
use polars_buffer::Buffer;
use polars_parquet::parquet::encoding::Encoding;
use polars_parquet::parquet::page::split_buffer;
use polars_parquet::read::{Page, PhysicalType};

use super::guard::guarded;
use super::pages::visit;
use super::read::{ParquetFile, Piece};

impl ParquetFile {
    /// The doubles of a whole row group, in a column where none may be missing; `None` if they are not written as they
    /// are.
    pub(super) fn doubles(&self, piece: &Piece, column: usize, bytes: Buffer<u8>) -> Result<Option<Vec<f64>>, String> {
        let chunk = self.chunk(piece.group(), column)?;
        if chunk.descriptor().descriptor.max_def_level > 0 || chunk.physical_type() != PhysicalType::Double {
            return Ok(None);
        }
        guarded(|| {
            let mut doubles = Vec::new();
            let all = visit(chunk, bytes, |page| {
                let Page::Data(page) = page else { return Ok(false) };
                if page.encoding() != Encoding::Plain {
                    return Ok(false);
                }
                let (values, rest) = split_buffer(page)?.values.as_chunks();
                if values.len() != page.num_values() || !rest.is_empty() {
                    return Err(polars_err!(ComputeError: "a page of numbers is damaged"));
                }
                doubles.extend(values.iter().map(|bytes| f64::from_le_bytes(*bytes)));
                Ok(true)
            })?;
            Ok(all.then_some(doubles))
        })
    }
}
