//! Whole files, as they come.

use std::io::Write;

use super::*;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// How many values there are, and the error at the end.
fn count(bytes: &[u8], options: &ReadOptions) -> Result<(usize, Option<Error>)> {
    let mut bytes = bytes;
    let input = Input::once(&mut bytes, "FILE")?;
    let mut blocks = open(&input, options)?.blocks;
    let mut values = 0;
    loop {
        match blocks.next() {
            Ok(Some(job)) => values += job()?.chunks.iter().map(|chunk| chunk.range.len()).sum::<usize>(),
            Ok(None) => {
                assert!((blocks.progress() - 1.0).abs() < 1e-9);
                return Ok((values, None));
            }
            Err(error) => return Ok((values, Some(error))),
        }
    }
}

#[test]
fn every_format_is_read_in_every_compression() {
    let csv = b"time,v\n1,1\n2,2\n".as_slice();
    let ndjson = b"{\"time\":1,\"v\":1}\n{\"time\":2,\"v\":2}\n".as_slice();
    let json = b"[{\"time\":1,\"v\":1},{\"time\":2,\"v\":2}]".as_slice();
    for text in [csv, ndjson, json] {
        let marked = [b"\xef\xbb\xbf", text].concat();
        let frames = zstd::encode_all(text, 1).unwrap();
        for bytes in [text.to_vec(), marked, gzip(text), frames] {
            assert_eq!(count(&bytes, &ReadOptions::default()).unwrap().0, 2);
        }
    }
}

#[test]
fn a_truncated_gzip_gives_its_whole_rows_and_then_the_error() {
    let rows: String = (0..300_000u64).map(|i| format!("{},{}\n", 1_700_000_000 + i, i * 7919 % 10_007)).collect();
    let packed = gzip(format!("time,v\n{rows}").as_bytes());
    let (values, error) = count(&packed[..packed.len() * 2 / 3], &ReadOptions::default()).unwrap();
    assert!((150_000..300_000).contains(&values), "{values}");
    let message = error.unwrap().to_string();
    assert!(message.starts_with(&format!("FILE: line {}: the gzip stream ends early", values + 2)), "{message}");
}

#[test]
fn files_that_are_not_data_are_refused() {
    let refused = |bytes: &[u8]| count(bytes, &ReadOptions::default()).unwrap_err().to_string();
    assert_eq!(refused(b""), "FILE: the file is empty");
    assert_eq!(refused(&gzip(b"")), "FILE: the file is empty");
    assert!(refused(&gzip(b"time,v\n1,1\n")[..9]).contains("the gzip stream ends early"));
    assert!(refused(b"\0\x01\x02").contains("binary data"));
    assert!(refused(b"PAR1....").starts_with("FILE: the Parquet file can't be read"));
    assert_eq!(refused(b"hello\nworld\n"), "FILE: no time column among: hello");
}

#[test]
fn flags_override_what_is_found_out() {
    let text = b"time;v\n1;2\n";
    let options = ReadOptions { format: Some(Format::Ndjson), ..ReadOptions::default() };
    assert_eq!(count(text, &options).unwrap().0, 0);
    let options = ReadOptions { delimiter: Some(b','), ..ReadOptions::default() };
    assert!(count(text, &options).is_err());
    let options = ReadOptions { compression: Some(Compression::Gzip), ..ReadOptions::default() };
    assert!(count(text, &options).unwrap_err().to_string().contains("the gzip stream is damaged"));
}

/// Whatever comes, it is read or refused, and never a panic.
#[test]
fn damaged_files_neither_crash_nor_hang() {
    let seeds: [&[u8]; 4] = [
        b"time,name,value\n2024-01-01,\"a,b\",1\n2024-01-02,c,\"2\"\n",
        b"{\"ts\":1700000000,\"a\":{\"b\":[1,2,{\"name\":\"x\",\"value\":3}]}}\n{\"ts\":1700000001,\"level\":\"info\",\"msg\":\"m\"}\n",
        b"[{\"ts\":1700000000,\"a\":1},\n{\"ts\":1700000001,\"a\":\"\\u00e9\\\"\"}]\n",
        b"1700000000;1,5;2\n1700000060;1,6;3\n",
    ];
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for round in 0..5_000 {
        let mut bytes = seeds[round % seeds.len()].repeat(1 + random(3));
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            match random(3) {
                0 => bytes[at] = b"\"\n,{}[]\\\xff\0:1"[random(12)],
                1 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, b"\"\n,{}[]\\\xff;"[random(10)]),
            }
        }
        let _ = count(&bytes, &ReadOptions::default());
    }
}
