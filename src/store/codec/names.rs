//! Reads names without looking at each row: where they are sorted, a dictionary's numbers come in long runs.

use std::sync::Arc;

use polars::prelude::{PolarsResult, polars_err};
use polars_buffer::Buffer;
use polars_parquet::parquet::encoding::Encoding;
use polars_parquet::parquet::encoding::hybrid_rle::{HybridRleChunk, HybridRleDecoder};
use polars_parquet::parquet::page::{DataPage, split_buffer};
use polars_parquet::read::Page;

use super::guard::guarded;
use super::pages::visit;
use super::read::{ParquetFile, Piece};
use super::text_column::TextColumn;

/// A value of the dictionary is preceded by its length.
const LENGTH: usize = 4;

impl ParquetFile {
    /// The names of a whole row group, in a column where none may be missing; `None` if they are not written by a
    /// dictionary.
    pub(super) fn names(&self, piece: &Piece, column: usize, bytes: Buffer<u8>) -> Result<Option<TextColumn>, String> {
        let chunk = self.chunk(piece.group(), column)?;
        if chunk.descriptor().descriptor.max_def_level > 0 {
            return Ok(None);
        }
        guarded(|| {
            let mut names = TextColumn::default();
            let mut numbers = Vec::new();
            let all = visit(chunk, bytes, |page| match page {
                Page::Dict(dictionary) => {
                    let values = dictionary_values(&dictionary.buffer, dictionary.num_values);
                    names.values =
                        values.ok_or_else(|| polars_err!(ComputeError: "a dictionary of names is damaged"))?;
                    Ok(true)
                }
                Page::Data(page) => append(&mut names, page, &mut numbers),
            })?;
            if names.runs.iter().any(|run| run.0 as usize >= names.values.len()) {
                return Err(polars_err!(ComputeError: "a name is not in the dictionary"));
            }
            Ok(all.then_some(names))
        })
    }
}

/// Appends the rows of a page; `false` if they are not numbers of names. `numbers` is room for them.
fn append(names: &mut TextColumn, page: &DataPage, numbers: &mut Vec<u32>) -> PolarsResult<bool> {
    if !matches!(page.encoding(), Encoding::PlainDictionary | Encoding::RleDictionary) {
        return Ok(false);
    }
    let Some((bits, packed)) = split_buffer(page)?.values.split_first() else { return Ok(true) };
    for chunk in HybridRleDecoder::new(packed, u32::from(*bits), page.num_values()).into_chunk_iter() {
        match chunk? {
            HybridRleChunk::Rle(number, rows) => names.push(number, rows),
            HybridRleChunk::Bitpacked(packed) => {
                numbers.clear();
                packed.collect_into(numbers);
                numbers.chunk_by(|a, b| a == b).for_each(|run| names.push(run[0], run.len()));
            }
        }
    }
    Ok(true)
}

fn dictionary_values(mut bytes: &[u8], count: usize) -> Option<Vec<Option<Arc<str>>>> {
    let mut values = Vec::new();
    for _ in 0..count {
        let (length, rest) = bytes.split_first_chunk::<LENGTH>()?;
        let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        values.push(Some(Arc::from(std::str::from_utf8(text).ok()?)));
        bytes = rest;
    }
    Some(values)
}
