//! Recognises compression and format by content: names lie, first bytes rarely do.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};

use super::input::copy;
use crate::error::{Advice, Error, Result};

/// How much of a file is looked at.
pub const HEAD: usize = 64 * 1024;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, of any number of members.
    Gzip,
    /// Zstandard, of any number of frames.
    Zstd,
}

impl Compression {
    /// Its name: `none`, `gzip` or `zstd`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// In what format records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Separated values, with or without a header.
    Csv,
    /// A JSON record a line.
    Ndjson,
    /// An array of JSON records, or records over several lines.
    Json,
    /// Apache Parquet.
    Parquet,
}

/// Beginnings of files that we don't read, what they are, and what to do about it: a command that converts `FILE`, or text.
const FOREIGN: [(&[u8], &str, &str); 14] = [
    (b"BZh", "compressed by bzip2", "bunzip2 -c FILE"),
    (b"\xfd7zXZ\0", "compressed by xz", "xz -dc FILE"),
    (b"\x04\x22\x4d\x18", "compressed by lz4", "lz4 -dc FILE"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"),
    (b"PK\x05\x06", "an empty zip archive", "unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV"),
    (b"\xff\xfe", "UTF-16 text", "iconv -f UTF-16 -t UTF-8 FILE"),
    (b"\xfe\xff", "UTF-16 text", "iconv -f UTF-16 -t UTF-8 FILE"),
    (b"PARE", "an encrypted Parquet file", "write it without encryption"),
    (b"ORC", "an ORC file", "convert it to Parquet or CSV"),
    (b"Obj\x01", "an Avro file", "convert it to Parquet or NDJSON"),
    (b"ARROW1", "an Arrow file", "convert it to Parquet"),
    (b"SQLite format 3\0", "an SQLite database", "export the table as CSV"),
    (b"%PDF-", "a PDF document", "export the data as CSV"),
];

/// Refuses what is known not to be data that we can read.
fn refuse_foreign(label: &str, head: &[u8]) -> Result<()> {
    let refuse = |what: &str, hint: &str| {
        let error = Error::failed(format!("{label}: this is {what}, which is not read"));
        let file = if label == "stdin" { "-" } else { label };
        let convert = hint.contains("FILE").then(|| Advice::Convert(hint.replace("FILE", file)));
        Err(error.advise(convert.unwrap_or_else(|| hint.into())))
    };
    for (magic, what, hint) in FOREIGN {
        let binary = magic.iter().any(|byte| !byte.is_ascii_graphic());
        if head.starts_with(magic) && (binary || *magic == *b"%PDF-" || head.contains(&0)) {
            return refuse(what, hint);
        }
        if *magic == *b"BZh" && head.starts_with(magic) && head.get(4..10) == Some(b"1AY&SY".as_slice()) {
            return refuse(what, hint);
        }
    }
    if head.starts_with(b"PK\x03\x04") {
        let is_workbook = [b"[Content_Types].xml".as_slice(), b"xl/"]
            .iter()
            .any(|part| memchr::memmem::find(&head[..head.len().min(4096)], part).is_some());
        return if is_workbook {
            refuse("an Excel workbook", "save the sheet as CSV")
        } else {
            refuse("a zip archive", "unzip -p FILE")
        };
    }
    Ok(())
}

/// How a file with these first bytes is compressed.
///
/// # Errors
/// When it is empty, or compressed or packed in a way that is not read.
pub fn compression(label: &str, head: &[u8]) -> Result<Compression> {
    match head {
        [] => Err(empty(label)),
        [0x1f, 0x8b, ..] => Ok(Compression::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Ok(Compression::Zstd),
        _ => refuse_foreign(label, head).map(|()| Compression::None),
    }
}

/// The format of a file whose content, decompressed, begins with `head`.
///
/// # Errors
/// When it is empty or of a format that is not read.
pub fn format(label: &str, head: &[u8]) -> Result<Format> {
    if head.starts_with(b"PAR1") {
        return Ok(Format::Parquet);
    }
    refuse_foreign(label, head)?;
    let text = without_mark(head);
    if text.trim_ascii().is_empty() && head.len() < HEAD {
        return Err(empty(label));
    }
    if head.contains(&0) {
        let error = Error::failed(format!("{label}: this is binary data, not text"));
        return Err(error.hint("CSV, NDJSON, JSON and Parquet are read, also compressed by gzip or zstd"));
    }
    Ok(text_format(text))
}

fn empty(label: &str) -> Error {
    Error::failed(format!("{label}: the file is empty")).hint("check what should have written it")
}

/// The text without the byte order mark that some editors begin UTF-8 with.
#[must_use]
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Tells CSV from JSON, and one record a line from others.
fn text_format(text: &[u8]) -> Format {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).take(50);
    let first = lines.next().unwrap_or_default();
    let is_record = |line: &[u8]| line.first() == Some(&b'{') && line.last() == Some(&b'}');
    let (mut all, mut records) = (1, usize::from(is_record(first)));
    for line in lines {
        all += 1;
        records += usize::from(is_record(line));
    }
    match first.first() {
        Some(b'[') => Format::Json,
        Some(b'{') if all == 1 || records * 2 > all => {
            // several records on one line are no NDJSON
            let mut values = serde_json::Deserializer::from_slice(first).into_iter::<serde::de::IgnoredAny>();
            let several = matches!(values.next(), Some(Ok(_))) && matches!(values.next(), Some(Ok(_)));
            if several { Format::Json } else { Format::Ndjson }
        }
        Some(b'{') => Format::Json,
        _ if records * 2 > all => Format::Ndjson,
        _ => Format::Csv,
    }
}

/// A reader of what is compressed.
///
/// # Errors
/// When the decompressor can't be set up.
pub fn decoder(label: &str, reader: impl Read + Send + 'static, how: Compression) -> Result<Box<dyn Read + Send>> {
    let reader = BufReader::with_capacity(HEAD, reader);
    Ok(match how {
        Compression::None => Box::new(reader),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(reader)),
        Compression::Zstd => Box::new(
            zstd::stream::read::Decoder::with_buffer(reader)
                .map_err(|cause| Error::io(format_args!("can't decompress {label}"), &cause))?,
        ),
    })
}

/// Reads up to [`HEAD`] bytes, and the error that ended them early.
pub fn head(reader: &mut dyn Read) -> (Vec<u8>, Option<std::io::Error>) {
    let mut head = Vec::with_capacity(HEAD);
    let error = reader.take(HEAD as u64).read_to_end(&mut head).err();
    (head, error)
}

/// The whole of a compressed file in a temporary one, for formats that are not read from front to back.
///
/// # Errors
/// When it can't be read or copied.
pub fn decompressed(label: &str, file: File, how: Compression) -> Result<File> {
    if how == Compression::None {
        return Ok(file);
    }
    copy(&mut decoder(label, file, how)?, label, |cause| {
        let place = format!("{label}: the {} stream", how.name());
        match (cause.kind(), cause.raw_os_error()) {
            (_, Some(_)) => Error::io(format_args!("can't read {label}"), &cause),
            (ErrorKind::UnexpectedEof, _) => {
                Error::failed(format!("{place} ends early, and Parquet is read from its end"))
                    .hint("the file was cut off, or is still being written: fetch it again")
            }
            _ => Error::failed(format!("{place} is damaged: {cause}")).hint("fetch the file again"),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn refused(head: &[u8]) -> String {
        let error = compression("x", head).and_then(|_| format("x", head)).unwrap_err();
        format!("{error}; {:?}", error.advice())
    }

    #[test]
    fn what_is_not_read_is_refused_with_what_it_is() {
        assert_eq!(compression("file.csv", b"").unwrap_err().to_string(), "file.csv: the file is empty");
        assert!(refused(b" \n").starts_with("x: the file is empty; ["));
        for (head, what) in [
            (b"BZh91AY&SY....".as_slice(), "bzip2"),
            (b"\xfd7zXZ\0\0", "xz"),
            (b"PK\x03\x04....data.csv", "zip archive"),
            (b"PK\x03\x04....[Content_Types].xml", "Excel workbook"),
            (b"\xff\xfet\0", "UTF-16"),
            (b"\xfe\xff\0t", "UTF-16"),
            (b"time,value\n\0\0\0", "binary data"),
            (b"\x7fELF\x02\x01\x01\0", "binary data"),
        ] {
            assert!(refused(head).contains(what), "{}", refused(head));
        }
        assert!(refused(b"\xff\xfet\0").contains("iconv -f UTF-16 -t UTF-8 x"));
    }

    #[test]
    fn text_that_looks_like_a_magic_number_is_text() {
        for text in ["BZhours,time\n", "ORC,time\n1,2\n", "ARROW1;b\n"] {
            assert_eq!(compression("x", text.as_bytes()).unwrap(), Compression::None);
            assert_eq!(format("x", text.as_bytes()).unwrap(), Format::Csv);
        }
    }

    #[test]
    fn formats_are_told_by_content() {
        for (text, wanted) in [
            ("time,value\n", Format::Csv),
            ("\u{feff}time;value\n", Format::Csv),
            ("\"time\",\"value\"\n", Format::Csv),
            ("{\"time\":1}\n{\"time\":2}\n", Format::Ndjson),
            ("{\"time\":1}", Format::Ndjson),
            ("\u{feff}{\"time\":1}\n", Format::Ndjson),
            ("{\"time\":1}\n{\"tim\n{\"time\":2}\n", Format::Ndjson),
            ("{\"ti\n{\"time\":1}\n{\"time\":2}\n{\"time\":3}\n", Format::Ndjson),
            ("some log line\n{\"time\":1}\n{\"time\":2}\n{\"time\":3}\n", Format::Ndjson),
            ("{\"time\":1}{\"time\":2}", Format::Json),
            ("{\n  \"time\": 1\n}\n{\n  \"time\": 2\n}\n", Format::Json),
            ("[{\"time\":1},\n{\"time\":2}]\n", Format::Json),
            ("\n\n[\n", Format::Json),
            ("PAR1....", Format::Parquet),
        ] {
            assert_eq!(format("x", text.as_bytes()).unwrap(), wanted, "{text}");
        }
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn all_members_and_frames_are_read() {
        let zip = [gzip(b"one\n"), gzip(b"two\n")].concat();
        assert_eq!(compression("x", &zip).unwrap(), Compression::Gzip);
        let mut reader = decoder("x", std::io::Cursor::new(zip), Compression::Gzip).unwrap();
        assert_eq!(std::io::read_to_string(&mut reader).unwrap(), "one\ntwo\n");
        let frames = [b"one\n", b"two\n"].map(|text| zstd::encode_all(text.as_slice(), 1).unwrap()).concat();
        assert_eq!(compression("x", &frames).unwrap(), Compression::Zstd);
        let mut reader = decoder("x", std::io::Cursor::new(frames), Compression::Zstd).unwrap();
        assert_eq!(std::io::read_to_string(&mut reader).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn a_truncated_stream_gives_what_there_is_and_the_error() {
        let text: Vec<u8> = (0..2000).flat_map(|i| format!("{}\n", i * 7919 % 10007).into_bytes()).collect();
        for (packed, how) in
            [(gzip(&text), Compression::Gzip), (zstd::encode_all(text.as_slice(), 1).unwrap(), Compression::Zstd)]
        {
            let cut = packed[..packed.len() - 5].to_vec();
            let (head, error) = head(&mut decoder("x", std::io::Cursor::new(cut), how).unwrap());
            assert!(error.is_some(), "{how:?}");
            assert!(how == Compression::Zstd || head.len() > 4000, "{how:?}: {}", head.len());
            assert!(text.starts_with(&head));
        }
    }
}
