//! Reads names without looking at each row: where they are sorted, a dictionary's numbers come in long runs.

use std::sync::Arc;

use polars::prelude::{PolarsResult, polars_err};
use polars_buffer::Buffer;
use polars_parquet::parquet::encoding::Encoding;
use polars_parquet::parquet::encoding::hybrid_rle::{HybridRleChunk, HybridRleDecoder};
use polars_parquet::parquet::page::split_buffer;
use polars_parquet::read::BasicDecompressor;

use super::guard::guarded;
use super::pages::pages;
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
        guarded(|| read(pages(chunk, bytes, true)?))
    }
}

fn read(mut pages: BasicDecompressor) -> PolarsResult<Option<TextColumn>> {
    let Some(dictionary) = pages.read_dict_page()? else { return Ok(None) };
    let values = dictionary_values(&dictionary.buffer, dictionary.num_values);
    let values = values.ok_or_else(|| polars_err!(ComputeError: "a dictionary of names is damaged"))?;
    let mut names = TextColumn { values, runs: Vec::new() };
    let known = names.values.len() as u32;
    let mut numbers = Vec::new();
    while let Some(page) = pages.next() {
        let page = page?.decompress(&mut pages)?;
        if !matches!(page.encoding(), Encoding::PlainDictionary | Encoding::RleDictionary) {
            return Ok(None);
        }
        let Some((bits, packed)) = split_buffer(&page)?.values.split_first() else { continue };
        for chunk in HybridRleDecoder::new(packed, u32::from(*bits), page.num_values()).into_chunk_iter() {
            match chunk? {
                HybridRleChunk::Rle(number, rows) => names.push(number, rows),
                HybridRleChunk::Bitpacked(packed) => {
                    numbers.clear();
                    packed.collect_into(&mut numbers);
                    numbers.chunk_by(|a, b| a == b).for_each(|run| names.push(run[0], run.len()));
                }
            }
        }
        pages.reuse_page_buffer(page);
    }
    if names.runs.iter().any(|run| run.0 >= known) {
        return Err(polars_err!(ComputeError: "a name is not in the dictionary"));
    }
    Ok(Some(names))
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
