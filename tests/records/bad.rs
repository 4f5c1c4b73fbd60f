//! What can't be used is kept apart, whole, with line and reason, and can be mended.

use trebuchet_ad::source::Reason;

use crate::reading::{measured, read, said, texts};

#[test]
fn bad_json_records_come_with_their_texts() {
    let good = "{\"ts\":1700000000,\"v\":1}";
    let bad: [(&[u8], Reason); 10] = [
        (b"{\"v\":1}", Reason::Time),
        (b"{\"ts\":\"yesterday\",\"v\":1}", Reason::Time),
        (b"{\"ts\":\"0000-01-01T00:00:00Z\",\"v\":1}", Reason::TimeRange),
        (b"{\"ts\":1700000000}", Reason::Nothing),
        (b"{\"ts\":1700000000,\"v\":1e151,\"w\":1}", Reason::TooLarge),
        (b"{\"ts\":1700000000,\"v\":1e999}", Reason::TooLarge),
        (b"{\"ts\":1700000000,\"v\":1e5", Reason::Json),
        (b"{\"ts\":1700000000,\"v\":NaN}", Reason::Json),
        (b"{\"ts\":1700000000,\"v\":\"\xff\"}", Reason::NotUtf8),
        (b"[1]", Reason::Json),
    ];
    let mut text = Vec::new();
    for (record, _) in bad {
        text.extend_from_slice(good.as_bytes());
        text.extend_from_slice(b"\n  ");
        text.extend_from_slice(record);
        text.extend_from_slice(b"\r\n");
    }
    let batch = read(&text).batch;
    assert_eq!(texts(&batch), [good; 10]);
    assert_eq!(measured(&batch.records).len(), 10, "nothing of a bad record is measured");
    for ((found, (record, reason)), line) in batch.bad.iter().zip(bad).zip((2..).step_by(2)) {
        assert_eq!((found.line, found.reason, found.text.as_slice()), (line, reason, record));
        assert!(!found.message.is_empty() && !found.is_cut);
    }
    assert_eq!(batch.bad.len(), 10);
}

#[test]
fn bad_rows_come_as_they_are_in_the_file() {
    let text = "time,cpu,host\r\n2024-01-01,1,a\r\n2024-01-02,abc,\"b,\"\"c\"\r\n2024-01-03,3\r\nnoon,4,d\r\n\
                2024-01-05,inf,e\r\n2024-01-06,1e200,f\r\n2024-01-07,7,\"open\r\n2024-01-08,NaN,g\r\n";
    let whole = read(text);
    let expected = [
        (3, Reason::NotANumber, "2024-01-02,abc,\"b,\"\"c\""),
        (4, Reason::Fields, "2024-01-03,3"),
        (5, Reason::Time, "noon,4,d"),
        (6, Reason::Infinite, "2024-01-05,inf,e"),
        (7, Reason::TooLarge, "2024-01-06,1e200,f"),
        (8, Reason::Fields, "2024-01-07,7,\"open"),
    ];
    assert_eq!(said(&whole.batch.bad), expected.map(|(line, reason, text)| (line, reason, text.to_owned())));
    assert_eq!(whole.batch.bad[0].message, "value \"abc\" in column cpu is not a number");
    assert_eq!(whole.batch.bad[1].message, "2 fields, the header has 3");
    assert_eq!(
        texts(&whole.batch),
        [r#"{"time":"2024-01-01","cpu":1,"host":"a"}"#, r#"{"time":"2024-01-08","cpu":null,"host":"g"}"#]
    );
    // mended, they are read like the others
    let mended = format!("{}\n{}\n", whole.header, whole.batch.bad[0].lossy_text().replace("abc", "2"));
    assert_eq!(texts(&read(mended).batch), [r#"{"time":"2024-01-02","cpu":2,"host":"b,\"c"}"#]);
}

#[test]
fn text_that_is_not_utf8_can_not_be_kept_in_any_column() {
    let whole = read(b"time,cpu,host\n2024-01-01,1,a\n2024-01-02,2,\xe4\n".as_slice());
    assert_eq!(whole.batch.bad[0].message, "the text in column host is not UTF-8");
    assert_eq!(whole.batch.bad[0].text, b"2024-01-02,2,\xe4");
    assert_eq!(whole.batch.records.len(), 1);
}

#[test]
fn enormous_bad_records_are_cut() {
    let bad = |text: String| {
        let whole = read(format!("{{\"ts\":1700000000,\"v\":1}}\n{text}\n{{\"ts\":1700000001,\"v\":1}}\n"));
        assert_eq!(whole.batch.records.positions, [1, 3]);
        let bad = &whole.batch.bad[0];
        (bad.line, bad.reason, bad.text.len(), bad.is_cut)
    };
    let record = |length: usize| format!("{{\"v\":1,\"text\":\"{}\"}}", "x".repeat(length));
    assert_eq!(bad(record(1000)), (2, Reason::Time, 1017, false));
    assert_eq!(bad(record(1 << 20)), (2, Reason::Time, 1 << 16, true));
    assert_eq!(bad(record(65 << 20)), (2, Reason::TooLong, 1 << 16, true));
    let array = format!("[{{\"ts\":1700000000,\"v\":1}},\n{}]", record(65 << 20));
    let found = &read(array).batch.bad[0];
    assert_eq!((found.line, found.reason, found.text.len()), (2, Reason::TooLong, 1 << 16));
    assert!(found.text.starts_with(b"{\"v\":1,\"text\":\"xx"));
    let rows = format!("time,v\n2024-01-01,1\n2024-01-02,{}\n2024-01-03,3\n", "x".repeat(65 << 20));
    let found = read(rows).batch;
    assert_eq!((found.records.len(), found.bad[0].reason, found.bad[0].line), (2, Reason::TooLong, 3));
    assert!(found.bad[0].text.starts_with(b"2024-01-02,xx"));
}
