//! Tests of [`super`].

use std::cmp::Ordering;

use proptest::prelude::*;

use super::*;
use crate::domain::measurement::Aggregation;
use crate::domain::record::{Kind, RecordRef};

type Row = (String, Aggregation, Millis, f64, u32);

fn batch(records: &[(Millis, Vec<(u8, f64)>)]) -> RecordBatch {
    let mut batch = RecordBatch::default();
    for (place, (event_time, measurements)) in (0..).zip(records) {
        for (parameter, value) in measurements {
            let aggregation = if parameter % 3 == 0 { Aggregation::Count } else { Aggregation::None };
            let number = batch.measurements.parameters.number(&format!("p{}", parameter / 2), aggregation);
            batch.measurements.push(place, number, *value);
        }
        let (event_time, position) = (*event_time, u64::from(place) + 1);
        batch.push(&RecordRef { event_time, kind: Kind::Metric, position, identity: 0, text: "{}" });
    }
    batch
}

fn rows(measurements: &Measurements) -> Vec<Row> {
    let row = |(parameter, range): (&Parameter, Range<usize>)| {
        let (name, aggregation) = (parameter.name.to_string(), parameter.aggregation);
        let row = |i| {
            (
                name.clone(),
                aggregation,
                measurements.times[i],
                measurements.values[i],
                measurements.record_rows[i] as u32,
            )
        };
        range.map(row).collect::<Vec<_>>()
    };
    measurements.runs().flat_map(row).collect()
}

fn order(a: &Row, b: &Row) -> Ordering {
    (&a.0, a.1, a.2).cmp(&(&b.0, b.1, b.2)).then_with(|| a.3.total_cmp(&b.3)).then_with(|| a.4.cmp(&b.4))
}

proptest! {
    #[test]
    fn measurements_are_sorted_and_read_back(
        records in prop::collection::vec(
            (-3..3_i64, prop::collection::vec((0..9_u8, prop_oneof![-1e9..1e9, Just(0.0), Just(-0.0)]), 0..5)),
            0..60,
        ),
    ) {
        let batch = batch(&records);
        let measurements = Measurements::of(&batch);
        let mut expected: Vec<Row> = batch.rows()
            .map(|(record, time, name, aggregation, value)| (name.to_owned(), aggregation, time, value, record))
            .collect();
        expected.sort_by(order);
        let found = rows(&measurements);
        prop_assert_eq!(&found, &expected);
        prop_assert!(found.iter().zip(&expected).all(|(a, b)| a.3.to_bits() == b.3.to_bits()));
        let bytes = measurements.clone().encode().unwrap();
        prop_assert_eq!(&Measurements::read_with_rows("x", bytes.clone()).unwrap(), &measurements);
        let without = Measurements { record_rows: Vec::new(), ..measurements };
        prop_assert_eq!(Measurements::read("x", bytes).unwrap(), without);
    }
}

#[test]
fn a_parameter_goes_on_over_row_groups() {
    let count = MEASUREMENTS.group_rows + 10;
    let series = ["a", "b"].map(|name| Parameter { name: name.into(), aggregation: Aggregation::None });
    let [a, b] = series;
    let measurements = Measurements {
        times: (0..count as i64).collect(),
        values: (0..count).map(|i| i as f64).collect(),
        record_rows: (0..count as i64).collect(),
        series: vec![(a, 5), (b, count)],
    };
    let bytes = measurements.clone().encode().unwrap();
    assert_eq!(Measurements::read_with_rows("x", bytes).unwrap(), measurements);
}

#[test]
fn what_is_not_sorted_is_refused() {
    let columns = |names: [&str; 2], aggregation: &str| {
        [
            COLUMN.event_time.with(vec![0, 0]),
            COLUMN.parameter.with(TextColumn::of(names.map(Some))),
            COLUMN.value.with(vec![0.0; 2]),
            COLUMN.aggregation.with(TextColumn::of([Some(aggregation); 2])),
            COLUMN.record_row.with(vec![0; 2]),
        ]
    };
    let message = |names, aggregation| {
        let bytes = MEASUREMENTS.encode(&columns(names, aggregation)).unwrap();
        Measurements::read("m/x", bytes).unwrap_err().to_string()
    };
    assert_eq!(message(["b", "a"], "none"), "m/x: the rows make no sense: they are not sorted by parameter");
    assert_eq!(message(["a", "b"], "sum"), "m/x: the rows make no sense: an aggregation is not known");
}
