//! Small data sets for the tests.

use std::fmt::Write;
use std::io::Write as _;

/// The time of the first row: 2024-01-01T00:00:00Z, a Monday.
pub const START: i64 = 1_704_067_200;

/// Times (seconds) and values: a daily cycle with a little noise, a value every five minutes, and a spike at the row
/// before the last ten.
pub fn series(rows: i64) -> Vec<(i64, f64)> {
    let value = |row: i64| {
        let noise = (row * 7919 % 101) as f64 / 50.0 - 1.0;
        let cycle = ((row % 288) as f64 / 288.0 * std::f64::consts::TAU).sin() * 10.0;
        let value = 100.0 + cycle + noise + if row == rows - 10 { 80.0 } else { 0.0 };
        (value * 1000.0).round() / 1000.0
    };
    (0..rows).map(|row| (START + row * 300, value(row))).collect()
}

/// The rows of a CSV with epoch seconds, without a header.
pub fn rows(rows: i64) -> Vec<String> {
    series(rows).iter().map(|(time, value)| format!("{time},{value}")).collect()
}

/// A CSV with epoch seconds.
pub fn csv(count: i64) -> String {
    format!("time,value\n{}\n", rows(count).join("\n"))
}

/// A CSV of several parameters, wide or long.
pub fn csv_of_three(count: i64, long: bool) -> String {
    let mut text = String::from(if long { "time,parameter,value\n" } else { "time,a,b,c\n" });
    for (time, value) in series(count) {
        let (b, c) = (value * 2.0, 300.0 - value);
        let _ = if long {
            writeln!(text, "{time},a,{value}\n{time},b,{b}\n{time},c,{c}")
        } else {
            writeln!(text, "{time},{value},{b},{c}")
        };
    }
    text
}

/// NDJSON with two numbers a record.
pub fn ndjson(count: i64) -> String {
    let line = |(time, value): &(i64, f64)| format!("{{\"time\":{time},\"cpu\":{{\"user\":{value}}},\"n\":1}}\n");
    series(count).iter().map(line).collect()
}

/// The bytes, compressed by gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The bytes, compressed by Zstandard.
pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// Small numbers that look random and are always the same.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }

    /// Any order of the items.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}
