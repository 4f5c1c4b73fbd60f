//! The pages of columns, compressed and decompressed by contexts of zstd that are kept.
//!
//! A store has many small objects, and to make a context takes longer than to work on a page of one. What a context did
//! before changes nothing: the same page always becomes the same bytes.

use std::io::Cursor;
use std::sync::{Mutex, PoisonError};

use polars::prelude::{PolarsError, PolarsResult, polars_err};
use polars_buffer::Buffer;
use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::compression::{Compression, DecompressionContext};
use polars_parquet::parquet::page::{CompressedDictPage, CompressedPage, DataPageHeader};
use polars_parquet::parquet::read::PageMetaData;
use polars_parquet::read::{BasicDecompressor, ColumnChunkMetadata, Page, PageReader, decompress};
use polars_parquet::write::CompressedDataPage;
use zstd::bulk::Compressor;
use zstd::zstd_safe::compress_bound;

/// zstd's fastest ordinary level.
pub(super) const LEVEL: i32 = 1;

/// From how many bytes on the pages of a column are compressed: fewer take more room then, or hardly less, and time.
const LEAST: usize = 1 << 8;

/// How many bytes the pages of a column may have when they are decompressed before any of them is decoded.
const SMALL: usize = 1 << 22;

/// Contexts that nobody uses at the moment, with the memory that they compress to: as many as threads have worked at once.
static COMPRESSORS: Mutex<Vec<(Compressor<'static>, Vec<u8>)>> = Mutex::new(Vec::new());

/// The same for decompression.
static DECOMPRESSORS: Mutex<Vec<(DecompressionContext, Vec<u8>)>> = Mutex::new(Vec::new());

/// Takes something from those that wait, or a new one, and puts it back; an error of `work` leaves it as it is.
fn with<T, R>(
    waiting: &Mutex<Vec<T>>,
    new: impl FnOnce() -> PolarsResult<T>,
    work: impl FnOnce(&mut T) -> PolarsResult<R>,
) -> PolarsResult<R> {
    let lock = || waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let taken = lock().pop();
    let mut taken = taken.map_or_else(new, Ok)?;
    let result = work(&mut taken);
    lock().push(taken);
    result
}

/// The pages of a column, compressed by zstd, or as they are where they are small.
///
/// # Errors
/// When a page could not be made or is not of Parquet's first version, or zstd fails, as without memory.
pub(super) fn compressed(pages: impl IntoIterator<Item = PolarsResult<Page>>) -> PolarsResult<Vec<CompressedPage>> {
    let (mut waiting, mut size, mut compressed) = (Vec::new(), 0, Vec::new());
    for page in pages {
        waiting.push(page?);
        size += waiting.last().map_or(0, |page| bytes(page).len());
        if size >= LEAST {
            for page in waiting.drain(..) {
                compressed.push(packed(page, Compression::Zstd)?);
            }
        }
    }
    for page in waiting {
        compressed.push(packed(page, Compression::Uncompressed)?);
    }
    Ok(compressed)
}

fn bytes(page: &Page) -> &[u8] {
    match page {
        Page::Data(page) => page.buffer(),
        Page::Dict(page) => &page.buffer,
    }
}

/// A page as it is written.
fn packed(page: Page, compression: Compression) -> PolarsResult<CompressedPage> {
    let unexpected = || polars_err!(ComputeError: "a page is not of the first version of Parquet");
    let size = bytes(&page).len();
    let content = match compression {
        Compression::Zstd => squeezed(bytes(&page))?,
        _ => CowBuffer::Owned(bytes(&page).to_vec()),
    };
    Ok(match page {
        Page::Data(page) => {
            let DataPageHeader::V1(header) = page.header() else { return Err(unexpected()) };
            let (header, rows) = (DataPageHeader::V1(header.clone()), page.num_rows().ok_or_else(unexpected)?);
            CompressedPage::Data(CompressedDataPage::new(header, content, compression, size, page.descriptor, rows))
        }
        Page::Dict(page) => {
            let page = CompressedDictPage::new(content, compression, size, page.num_values, page.is_sorted);
            CompressedPage::Dict(page)
        }
    })
}

fn squeezed(bytes: &[u8]) -> PolarsResult<CowBuffer> {
    let new = || Ok((Compressor::new(LEVEL)?, Vec::new()));
    with(&COMPRESSORS, new, |(compressor, room)| {
        room.clear();
        room.reserve(compress_bound(bytes.len()));
        compressor.compress_to_buffer(bytes, room)?;
        Ok(CowBuffer::Owned(room.clone()))
    })
}

/// Hands the pages of a column to `visit`, decompressed, one after the other, until it has no use for them: whether it had
/// for all.
///
/// # Errors
/// When a page can't be read or claims to have more values than the whole column; and those of `visit`.
pub(super) fn visit(
    chunk: &ColumnChunkMetadata,
    bytes: Buffer<u8>,
    mut visit: impl FnMut(&Page) -> PolarsResult<bool>,
) -> PolarsResult<bool> {
    let pages = PageReader::new_with_page_meta(Cursor::new(bytes), PageMetaData::from(chunk), Vec::new(), usize::MAX);
    let new = || Ok((DecompressionContext::Unset, Vec::new()));
    with(&DECOMPRESSORS, new, |(context, room)| {
        for page in pages {
            let page = page?;
            believe(chunk, &page)?;
            let is_compressed = chunk.compression() != Compression::Uncompressed;
            let mut page = decompress(page, room, context)?;
            let goes_on = visit(&page)?;
            if is_compressed {
                *room = room_of(&mut page);
            }
            if !goes_on {
                return Ok(false);
            }
        }
        Ok(true)
    })
}

/// Checks that a page does not claim to have more values than the whole column: polars makes room for as many as a page
/// claims, and when memory runs out there is no panic to be caught, but the program ends.
fn believe(chunk: &ColumnChunkMetadata, page: &CompressedPage) -> PolarsResult<()> {
    match page {
        CompressedPage::Data(page)
            if i64::try_from(page.num_values()).map_or(true, |count| count > chunk.num_values()) =>
        {
            Err(polars_err!(ComputeError: "a page claims more values than its column has"))
        }
        _ => Ok(()),
    }
}

/// The memory of a page that was decompressed, for the next one, unless it is much.
fn room_of(page: &mut Page) -> Vec<u8> {
    let room = match page {
        Page::Data(page) => std::mem::take(page.buffer_mut()),
        Page::Dict(page) => std::mem::take(page.buffer.to_mut()),
    };
    if room.capacity() > SMALL { Vec::new() } else { room }
}

/// The pages of a column, ready to be decompressed one after the other, or decompressed already if they are few.
/// `whole`: all of them are going to be read.
///
/// # Errors
/// When a page can't be read or claims more.
pub(super) fn pages(chunk: &ColumnChunkMetadata, bytes: Buffer<u8>, whole: bool) -> PolarsResult<BasicDecompressor> {
    let reader = |bytes, compression| {
        let about = PageMetaData { compression, ..PageMetaData::from(chunk) };
        PageReader::new_with_page_meta(Cursor::new(bytes), about, Vec::new(), usize::MAX)
    };
    let mut size = 0;
    let mut first_version = true;
    let mut compressed = Vec::new();
    for page in reader(bytes.clone(), chunk.compression()) {
        let page = page?;
        believe(chunk, &page)?;
        if let CompressedPage::Data(page) = &page {
            size += page.uncompressed_size();
            first_version &= matches!(page.header(), DataPageHeader::V1(_));
        }
        compressed.push(page);
    }
    let at_once = whole && chunk.compression() == Compression::Zstd && first_version && size <= SMALL;
    let reader = if at_once && !compressed.is_empty() {
        let new = || Ok((DecompressionContext::Unset, Vec::new()));
        let plain = with(&DECOMPRESSORS, new, |(context, room)| plain(compressed, size, context, room))?;
        reader(Buffer::from_vec(plain), Compression::Uncompressed)
    } else {
        reader(bytes, chunk.compression())
    };
    Ok(BasicDecompressor::new(reader, Vec::new()))
}

/// The same pages as they are in a file that is not compressed; those with data have this size in all.
fn plain(
    pages: Vec<CompressedPage>,
    size: usize,
    context: &mut DecompressionContext,
    room: &mut Vec<u8>,
) -> PolarsResult<Vec<u8>> {
    let mut file = Vec::with_capacity(size + LONGEST_HEADER * pages.len());
    for page in pages {
        let mut page = decompress(page, room, context)?;
        match &page {
            Page::Data(page) => {
                let DataPageHeader::V1(header) = page.header() else { continue }; // no other comes here
                let levels = [header.definition_level_encoding.0, header.repetition_level_encoding.0];
                let fields = [header.num_values, header.encoding.0, levels[0], levels[1]];
                write_header(&mut file, DATA_PAGE, page.buffer().len(), &fields)?;
                file.extend_from_slice(page.buffer());
            }
            Page::Dict(page) => {
                let values = i32::try_from(page.num_values).map_err(|_| too_long())?;
                write_header(&mut file, DICTIONARY_PAGE, page.buffer.len(), &[values, PLAIN])?;
                file.extend_from_slice(&page.buffer);
            }
        }
        *room = room_of(&mut page);
    }
    Ok(file)
}

/// What kind of page it is, and which field of its header tells more about it.
type Kind = (i32, u8);

const DATA_PAGE: Kind = (0, 5);
const DICTIONARY_PAGE: Kind = (2, 7);

/// How many bytes such a header has at most.
const LONGEST_HEADER: usize = 64;

/// How the values of a dictionary are encoded.
const PLAIN: i32 = 0;

/// The header of a page that is not compressed, in Thrift's compact protocol: the kind, the size twice (fields 1 to 3),
/// and a structure whose fields are these numbers, from 1 on.
fn write_header(file: &mut Vec<u8>, (kind, details): Kind, size: usize, fields: &[i32]) -> PolarsResult<()> {
    const NUMBER: u8 = 5;
    const STRUCTURE: u8 = 12;
    let size = i32::try_from(size).map_err(|_| too_long())?;
    let number = |file: &mut Vec<u8>, value: i32| {
        file.push(1 << 4 | NUMBER);
        let mut rest = ((value << 1) ^ (value >> 31)) as u32;
        while rest >= 0x80 {
            file.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        file.push(rest as u8);
    };
    [kind, size, size].into_iter().for_each(|value| number(file, value));
    file.push((details - 3) << 4 | STRUCTURE);
    fields.iter().for_each(|value| number(file, *value));
    file.extend([0, 0]); // the ends of both structures
    Ok(())
}

fn too_long() -> PolarsError {
    polars_err!(ComputeError: "a page is too long")
}

#[cfg(test)]
#[path = "pages_tests.rs"]
mod tests;
