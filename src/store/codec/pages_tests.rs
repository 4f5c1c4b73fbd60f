use polars_parquet::parquet::page::{DataPage, DataPageHeaderV1, DictPage, FormatEncoding};
use polars_parquet::parquet::schema::types::PrimitiveType;
use polars_parquet::read::{PhysicalType, read_metadata};
use polars_parquet::write::{CompressionOptions, Descriptor, ZstdLevel, compress};
use proptest::prelude::*;

use super::*;
use crate::domain::rows::Rows;
use crate::store::codec::write::MeasurementWriter;

/// A page with these bytes.
fn page(bytes: Vec<u8>, dictionary: bool) -> Page {
    let buffer = CowBuffer::Owned(bytes);
    if dictionary {
        return Page::Dict(DictPage::new(buffer, 7, false));
    }
    let primitive_type = PrimitiveType::from_physical("x".into(), PhysicalType::Int64);
    let header = DataPageHeaderV1 {
        num_values: 7,
        encoding: FormatEncoding::PLAIN,
        definition_level_encoding: FormatEncoding::RLE,
        repetition_level_encoding: FormatEncoding::RLE,
        statistics: None,
    };
    let descriptor = Descriptor { primitive_type, max_def_level: 0, max_rep_level: 0 };
    Page::Data(DataPage::new(DataPageHeader::V1(header), buffer, descriptor, 7))
}

/// Bytes of all kinds: repeated, counted, by chance.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        (any::<u8>(), 0..100_000_usize).prop_map(|(byte, count)| vec![byte; count]),
        (1..40_usize, 0..300_000_usize)
            .prop_map(|(period, count)| (0..count).map(|i| (i / 7 % period) as u8).collect()),
        prop::collection::vec(any::<u8>(), 0..3000),
        prop::collection::vec(0..4_u8, 0..20_000),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_bytes_are_those_of_a_new_context_whatever_was_compressed_before(
        all in prop::collection::vec((bytes(), any::<bool>()), 1..12),
    ) {
        let options = CompressionOptions::Zstd(Some(ZstdLevel::try_new(LEVEL).unwrap()));
        for (bytes, dictionary) in all {
            let options = if bytes.len() < LEAST { CompressionOptions::Uncompressed } else { options };
            let ours = compressed([Ok(page(bytes.clone(), dictionary))]).unwrap().remove(0);
            let theirs = compress(page(bytes, dictionary), Vec::new(), options).unwrap();
            prop_assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
        }
    }

    #[test]
    fn pages_are_the_same_at_once_and_one_by_one(rows in prop::collection::vec((any::<i64>(), 0..3_u32, any::<f64>()), 1..500)) {
        let mut all = Rows { names: ["a", "b", ""].map(str::to_owned).into(), ..Rows::default() };
        rows.iter().for_each(|row| all.push(row.0, row.1, row.2));
        let mut writer = MeasurementWriter::new(Vec::new()).unwrap();
        writer.write_group(all).unwrap();
        let file = Buffer::from_vec(writer.finish().unwrap());
        let metadata = read_metadata(&mut Cursor::new(&file)).unwrap();
        for chunk in metadata.row_groups[0].parquet_columns() {
            let range = chunk.byte_range();
            let bytes = file.clone().sliced(range.start as usize..range.end as usize);
            let read = |whole| {
                let mut pages = pages(chunk, bytes.clone(), whole).unwrap();
                let dictionary = pages.read_dict_page().unwrap();
                let mut read = dictionary.map(|page| (page.buffer.to_vec(), page.num_values, page.is_sorted.to_string()));
                let mut all: Vec<_> = read.take().into_iter().collect();
                while let Some(page) = pages.next() {
                    let page = page.unwrap().decompress(&mut pages).unwrap();
                    let DataPageHeader::V1(header) = page.header() else { panic!("another version") };
                    let header = DataPageHeaderV1 { statistics: None, ..header.clone() };
                    all.push((page.buffer().to_vec(), page.num_values(), format!("{header:?}")));
                }
                all
            };
            prop_assert_eq!(read(true), read(false));
        }
    }
}

#[test]
fn numbers_of_all_sizes_are_written() {
    let mut header = Vec::new();
    write_header(&mut header, DATA_PAGE, 300, &[1, 0, 3, i32::MAX]).unwrap();
    let size = [0x15, 0xd8, 0x04];
    let fields = [0x2c, 0x15, 2, 0x15, 0, 0x15, 6, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 0];
    assert_eq!(header, [&[0x15, 0][..], &size, &size, &fields].concat());
    assert!(write_header(&mut header, DATA_PAGE, usize::MAX, &[]).is_err());
}
