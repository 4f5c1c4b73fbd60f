use proptest::prelude::*;

use super::*;

pub fn stream(text: &[u8]) -> Stream {
    let (_, progress) = Counted::new(tempfile::tempfile().unwrap(), None);
    Stream {
        label: "file".into(),
        head: Vec::new(),
        error: None,
        rest: Box::new(io::Cursor::new(text.to_vec())),
        compression: Compression::None,
        progress,
    }
}

fn blocks(text: &[u8], delimiter: Option<u8>) -> Vec<Block> {
    let mut blocker = Blocker::new(stream(text), delimiter);
    std::iter::from_fn(|| blocker.next_block().unwrap()).collect()
}

#[test]
fn blocks_are_whole_rows_and_know_their_lines() {
    let row = format!("{}\n", "x".repeat(999));
    let text = row.repeat(5000);
    let blocks = blocks(text.as_bytes(), None);
    assert!(blocks.len() >= 4);
    let mut line = 1;
    for block in &blocks {
        assert_eq!(block.line, line);
        assert!(block.bytes.ends_with(b"\n"));
        line += newlines(&block.bytes);
    }
    assert_eq!(line, 5001);
    assert_eq!(blocks.into_iter().flat_map(|block| block.bytes).collect::<Vec<_>>(), text.as_bytes());
}

#[test]
fn the_last_newline_may_be_missing() {
    assert_eq!(blocks(b"a\nb", None).len(), 2);
    assert_eq!(blocks(b"a\nb", Some(b','))[1].bytes, b"b");
    assert!(blocks(b"", None).is_empty());
}

#[test]
fn newlines_in_quotes_end_no_row() {
    let row = format!("1,\"{}\"\n", "a\n\"\"b,\n".repeat(100));
    let text = row.repeat(3000);
    for block in blocks(text.as_bytes(), Some(b',')) {
        assert_eq!(block.bytes.len() % row.len(), 0);
    }
}

#[test]
fn a_stray_quote_does_not_swallow_the_file() {
    let text = format!("1,\"abc\n{}", "2,3\n".repeat(1_000_000));
    let blocks = blocks(text.as_bytes(), Some(b','));
    assert!(blocks.len() > 2 && blocks.iter().all(|block| block.bytes.len() < 3 * BLOCK));
    let text = b"1,\"abc\n2,\"def\"\n";
    assert_eq!(quoted(text, 2, b',', true), Quoted::Stray);
    assert_eq!(quoted(text, 9, b',', true), Quoted::Closed(13));
}

#[test]
fn long_rows_are_read_and_longer_ones_skipped() {
    let text = [b"a\n".as_slice(), &vec![b'x'; 10 << 20], b"\nb\n"].concat();
    let read: Vec<u8> = blocks(&text, None).into_iter().flat_map(|block| block.bytes).collect();
    assert_eq!(read, text);
    for delimiter in [None, Some(b',')] {
        let text = [b"a\n".as_slice(), &vec![b'x'; (66 << 20) + 5], b"\nb\n"].concat();
        let blocks = blocks(&text, delimiter);
        let seen: Vec<_> = blocks.iter().map(|block| (block.line, block.too_long)).collect();
        assert_eq!(seen, [(1, false), (2, true), (3, false)]);
        assert_eq!(blocks[2].bytes, b"b\n");
    }
}

#[test]
fn rows_before_an_error_are_delivered() {
    let mut stream = stream(b"");
    stream.head = b"one\ntwo\nthr".to_vec();
    stream.compression = Compression::Gzip;
    stream.error = Some(io::ErrorKind::UnexpectedEof.into());
    let mut blocker = Blocker::new(stream, None);
    assert_eq!(blocker.next_block().unwrap().unwrap().bytes, b"one\ntwo\n");
    let error = blocker.next_block().unwrap_err();
    assert!(error.to_string().starts_with("file: line 3: the gzip stream ends early"), "{error}");
    assert!(blocker.next_block().unwrap().is_none());
}

/// The rows of a text, read in blocks of about this size.
fn rows(text: &str, size: usize) -> Vec<(u64, Vec<u8>, usize)> {
    let mut blocker = Blocker::new(stream(text.as_bytes()), Some(b','));
    blocker.size = size;
    let mut all = Vec::new();
    while let Some(block) = blocker.next_block().unwrap() {
        let mut rows = crate::source::csv::rows::Rows::new(&block.bytes, block.line, b',');
        while rows.next().is_some() {
            all.push((rows.line(), rows.raw().to_vec(), rows.len()));
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn rows_do_not_depend_on_where_blocks_end(text in "[a\",\r\n]{0,60}", size in 1usize..20) {
        prop_assert_eq!(rows(&text, size), rows(&text, BLOCK));
    }

    #[test]
    fn blocks_put_together_are_the_text(text in "[a\",\n]{0,200}") {
        let all: Vec<u8> = blocks(text.as_bytes(), Some(b',')).into_iter().flat_map(|block| block.bytes).collect();
        prop_assert_eq!(all, text.as_bytes());
    }
}
