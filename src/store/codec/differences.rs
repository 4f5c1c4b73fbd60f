//! Reads whole numbers that are written as their differences (`DELTA_BINARY_PACKED`), straight to where they are wanted.

use polars::prelude::polars_err;
use polars_buffer::Buffer;
use polars_parquet::parquet::encoding::Encoding;
use polars_parquet::parquet::encoding::bitpacked::Decoder;
use polars_parquet::parquet::page::split_buffer;
use polars_parquet::read::{Page, PhysicalType};

use super::guard::guarded;
use super::pages::visit;
use super::read::{ParquetFile, Piece};

/// For how many numbers there is room at once, before they are seen: what a damaged page claims is not believed.
const BELIEVED: usize = 1 << 17;

/// The longest block of numbers that is read; those of all known writers are shorter.
const LONGEST_BLOCK: u64 = 1 << 12;

impl ParquetFile {
    /// The numbers of a whole row group, in a column where none may be missing; `None` if they are not written by their
    /// differences.
    pub(super) fn differences(
        &self,
        piece: &Piece,
        column: usize,
        bytes: Buffer<u8>,
    ) -> Result<Option<Vec<i64>>, String> {
        let chunk = self.chunk(piece.group(), column)?;
        if chunk.descriptor().descriptor.max_def_level > 0 || chunk.physical_type() != PhysicalType::Int64 {
            return Ok(None);
        }
        guarded(|| {
            let mut numbers = Vec::new();
            let all = visit(chunk, bytes, |page| {
                let Page::Data(page) = page else { return Ok(false) };
                if page.encoding() != Encoding::DeltaBinaryPacked {
                    return Ok(false);
                }
                append(&mut numbers, split_buffer(page)?.values, page.num_values())
                    .ok_or_else(|| polars_err!(ComputeError: "a page of whole numbers is damaged"))?;
                Ok(true)
            })?;
            Ok(all.then_some(numbers))
        })
    }
}

/// Appends the numbers of a page; `None` if they make no sense.
fn append(numbers: &mut Vec<i64>, mut bytes: &[u8], count: usize) -> Option<()> {
    let block = variable(&mut bytes).filter(|block| (1..=LONGEST_BLOCK).contains(block))?;
    let parts = variable(&mut bytes).filter(|parts| (1..=block).contains(parts) && block % parts == 0)?;
    let length = (block / parts) as usize; // of a part, whose differences have the same number of bits
    if variable(&mut bytes)? != count as u64 || !length.is_multiple_of(8) {
        return None;
    }
    let mut last = signed(&mut bytes)?;
    let Some(mut left) = count.checked_sub(1) else { return Some(()) };
    numbers.reserve(count.min(BELIEVED));
    numbers.push(last);
    let mut differences: Vec<u64> = Vec::new();
    while left > 0 {
        let least = signed(&mut bytes)?;
        let (widths, rest) = bytes.split_at_checked(parts as usize)?;
        bytes = rest;
        for width in widths.iter().map(|width| usize::from(*width)) {
            let here = length.min(left);
            if here > 0 && width == 0 {
                numbers.extend((0..here).map(|_| {
                    last = last.wrapping_add(least);
                    last
                }));
            } else if here > 0 {
                if width > u64::BITS as usize {
                    return None;
                }
                let (packed, rest) = bytes.split_at_checked(width * length / 8)?;
                bytes = rest;
                differences.clear();
                Decoder::try_new(packed, width, here).ok()?.collect_into(&mut differences);
                numbers.extend(differences.iter().map(|difference| {
                    last = last.wrapping_add(least).wrapping_add(*difference as i64);
                    last
                }));
            }
            left -= here;
        }
    }
    Some(())
}

/// A number of as many bytes as it needs, seven bits in each (ULEB128).
fn variable(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// The same with the sign in the last bit.
fn signed(bytes: &mut &[u8]) -> Option<i64> {
    let number = variable(bytes)?;
    Some((number >> 1) as i64 ^ -((number & 1) as i64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::rows::Rows;
    use crate::store::codec::write::MeasurementWriter;

    fn numbers() -> impl Strategy<Value = Vec<i64>> {
        prop_oneof![
            prop::collection::vec(any::<i64>(), 1..700),
            (any::<i32>(), -9..9_i64, 1..2000_i64)
                .prop_map(|(first, step, count)| (0..count).map(|i| i64::from(first) + i * step).collect()),
            prop::collection::vec(0..3_i64, 1..900),
            prop::collection::vec(prop_oneof![Just(0), Just(5), 0..1_i64 << 40], 1..900),
        ]
    }

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_written(groups in prop::collection::vec(numbers(), 1..3), flip in any::<(u16, u8)>()) {
            let mut writer = MeasurementWriter::new(Vec::new()).unwrap();
            for group in &groups {
                let mut rows = Rows { names: vec!["a".to_owned()], ..Rows::default() };
                group.iter().for_each(|number| rows.push(*number, 0, 0.0));
                writer.write_group(rows).unwrap();
            }
            let file = ParquetFile::in_memory(writer.finish().unwrap()).unwrap();
            for (piece, group) in file.pieces_of(&[0], usize::MAX, true).iter().zip(&groups) {
                let bytes = file.bytes(piece.group(), 0).unwrap();
                prop_assert_eq!(&file.differences(piece, 0, bytes).unwrap().unwrap_or_default(), group);
                let values = file.bytes(piece.group(), 2).unwrap();
                prop_assert_eq!(file.differences(piece, 2, values).unwrap(), None);
                // what is damaged is at most other numbers
                let mut page = Vec::new();
                let chunk = file.chunk(piece.group(), 0).unwrap();
                let mut count = 0;
                visit(chunk, file.bytes(piece.group(), 0).unwrap(), |data| {
                    let Page::Data(data) = data else { panic!("another page") };
                    page.extend_from_slice(data.buffer());
                    count = data.num_values();
                    Ok(false)
                }).unwrap();
                let place = usize::from(flip.0) % page.len();
                page[place] ^= flip.1;
                let mut damaged = Vec::new();
                if append(&mut damaged, &page, count).is_some() {
                    prop_assert_eq!(damaged.len(), count);
                }
                prop_assert!(append(&mut Vec::new(), &page[..place], count).is_none() || count <= 1);
            }
        }
    }
}
