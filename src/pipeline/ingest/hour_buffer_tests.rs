//! Tests of [`super`].

use crate::domain::hour::Hour;
use proptest::prelude::*;

use super::*;
use crate::source::ReadOptions;
use crate::source::records::{Mapping, read_again};

/// Records of these hours, each with a text of its own of about 5 kB and a measurement or two.
fn piece(hours: &[i64], first: usize) -> Vec<HourPart> {
    let text = |(index, hour): (usize, &i64)| {
        let (time, i, rest) = (hour * 3600, first + index, "x".repeat(5000));
        let more = if i.is_multiple_of(3) { r#","disk":2"# } else { "" };
        format!(r#"{{"time":{time},"cpu":{i}{more},"host":"{rest}"}}"#)
    };
    let texts: Vec<String> = hours.iter().enumerate().map(text).collect();
    let texts = texts.iter().map(String::as_str);
    let options =
        ReadOptions { time_unit: Some(crate::source::timestamp::TimeUnit::Seconds), ..ReadOptions::default() };
    let read = read_again(texts, "", &options, &Mapping::default());
    assert!(read.bad.is_empty());
    read.records.by_hour()
}

/// What a record says of itself and of its source.
type Row = (u32, String, Vec<(String, u64)>);

/// Gathers pieces, each of a source and with the hours of its records; `busy`: after which of them a bundle is packed.
fn gathered(pieces: &[(u32, Vec<i64>)], busy: &[bool], budget: usize) -> (Vec<(Hour, Vec<Row>)>, [usize; 3]) {
    let labels: Vec<Arc<str>> = (0..9).map(|source| format!("{source}").into()).collect();
    let packing = Packing::default();
    let mut buffer = HourBuffer::new(budget, &packing);
    for (index, (source, hours)) in pieces.iter().enumerate() {
        buffer.add(*source, piece(hours, index * 100)).unwrap();
        assert!(buffer.held <= budget);
        if busy[index % busy.len()]
            && let Some(bundle) = packing.next()
        {
            buffer.add_encoded(bundle.pack(&labels, 7).unwrap()).unwrap();
            assert!(buffer.packed <= budget / 2);
        }
    }
    let hours = buffer.finish().unwrap();
    let mut kinds = [0; 3];
    let all = hours.iter().map(|(hour, records)| {
        let mut rows: Vec<Row> = Vec::new();
        records.pieces.iter().for_each(|piece| match piece {
            Piece::Held(_) => kinds[0] += 1,
            Piece::EncodedHour(_) => kinds[1] += 1,
            Piece::Spilled(..) => kinds[2] += 1,
        });
        let visit = |part: &Part| {
            let first = rows.len();
            let record = |index| (part.source, format!("{:?}", part.batch.record(index)), Vec::new());
            rows.extend((0..part.batch.len()).map(record));
            for (record, _, name, _, value) in part.batch.rows() {
                rows[first + record as usize].2.push((name.to_owned(), value.to_bits()));
            }
            Ok(())
        };
        records.each(&Identity::Text, visit).unwrap();
        (*hour, rows)
    });
    (all.collect(), kinds)
}

#[test]
fn hours_that_are_complete_are_packed_and_others_spilled() {
    let in_order: Vec<(u32, Vec<i64>)> = (0..40).map(|hour| (0, vec![hour; 8])).collect();
    let (all, kinds) = gathered(&in_order, &[true], 1 << 18);
    assert_eq!(all.len(), 40);
    assert!(kinds[1] > 25 && kinds[2] == 0, "{kinds:?}");
    // Again, from another source: what comes of hours that are packed already is not packed.
    let twice: Vec<(u32, Vec<i64>)> =
        (0..2).flat_map(|source| (0..40).map(move |hour| (source, vec![hour; 8]))).collect();
    let (_, kinds) = gathered(&twice, &[true], 1 << 18);
    assert!(kinds[1] > 25 && kinds[1] <= 40 && kinds[2] > 25, "{kinds:?}");
    // Hours that get something all the time.
    let mixed: Vec<(u32, Vec<i64>)> = (0..40).map(|_| (0, (0..8).collect())).collect();
    let (_, kinds) = gathered(&mixed, &[true], 1 << 18);
    assert!(kinds[1] == 0 && kinds[2] > 25, "{kinds:?}");
    let (_, kinds) = gathered(&in_order, &[true], 1 << 30);
    assert_eq!(kinds, [40, 0, 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_the_budget_the_records_are_the_same(
        hours in prop::collection::vec(prop::collection::vec(0i64..12, 1..9), 1..30),
        sources in 1u32..4,
        busy in prop::collection::vec(any::<bool>(), 1..9),
        budget in prop_oneof![0usize..200_000, 100_000usize..1_000_000],
    ) {
        let turn = (hours.len() as u32).div_ceil(sources);
        let pieces: Vec<(u32, Vec<i64>)> = (0..).zip(hours).map(|(index, mut hours): (u32, _)| {
            // Later pieces of a source have later hours, with some that are late.
            hours.iter_mut().for_each(|hour| *hour += i64::from(index % turn) / 2);
            (index / turn, hours)
        }).collect();
        let (whole, kinds) = gathered(&pieces, &busy, usize::MAX);
        prop_assert_eq!(kinds[1] + kinds[2], 0);
        let (cut, _) = gathered(&pieces, &busy, budget);
        prop_assert_eq!(whole, cut);
    }
}
