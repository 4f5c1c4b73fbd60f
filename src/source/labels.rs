//! Reads what is known to have been anomalous, for [`crate::domain::evaluation`].
//!
//! Three kinds of files say it, and are told apart by content:
//!
//! * a JSON object from paths of files to windows, as the Numenta Anomaly Benchmark has it:
//!   `{"cat/file.csv": [["2014-04-10 07:15:00", "2014-04-11 16:45:00"]]}`;
//! * NDJSON with a window a line, as `generate` writes it: `{"parameter": …, "kind": …, "start": …, "end": …}`; it is
//!   about the parameter of that name, in whatever file. An empty file says that nothing was anomalous;
//! * CSV, or a folder of CSV, with a column `label` of 0 and 1: rows labelled 1 one after another are a window.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;

use super::csv::CsvBlocks;
use super::csv::rows::{Row, Rows};
use super::csv::schema::{Shape, truth};
use super::excerpt::name;
use super::input::{Input, discover};
use super::sniff::Format;
use super::timestamp::TimeReader;
use super::{ReadOptions, recognise};
use crate::domain::evaluation::Window;
use crate::domain::measurement::Millis;
use crate::error::{Cause, Error, Result};
use crate::s3::Access;

/// What is known to have been anomalous, by file and parameter.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    entries: Vec<Entry>,
    /// The only input, which is then what a single file of labels is about.
    only_input: Option<String>,
}

/// Windows of a file, of a parameter, or of a parameter of a file.
#[derive(Clone, Debug)]
struct Entry {
    file: Option<String>,
    parameter: Option<String>,
    windows: Vec<Window>,
}

#[derive(Deserialize)]
struct Truth {
    parameter: String,
    kind: Option<String>,
    start: String,
    end: String,
}

impl Labels {
    /// Reads labels from a file or a folder. `inputs` are the labels of the files that are judged.
    ///
    /// # Errors
    /// When there are no labels in it.
    pub fn read(path: &str, inputs: &[String], options: &ReadOptions, access: &Access) -> Result<Self> {
        let files = discover(&[path.to_owned()], access)?;
        let mut labels = Self::default();
        for file in &files {
            match labels.add(file, options) {
                Ok(()) => {}
                Err(error) if file.from_directory && error.cause() == Cause::Content => {} // a folder may hold others too
                Err(error) => return Err(error),
            }
        }
        if labels.entries.is_empty() {
            return Err(Error::failed(format!("{}: there are no labels in it", name(path)))
                .hint("labels are CSV with a column label of 0 and 1, NDJSON of windows, or JSON of windows by file"));
        }
        if let ([only], [_]) = (inputs, &files[..]) {
            labels.only_input = Some(only.clone());
        }
        Ok(labels)
    }

    /// The windows of a parameter of a file, in order; `None` where nothing is known about it.
    #[must_use]
    pub fn windows(&self, file: &str, parameter: &str) -> Option<Vec<Window>> {
        let mut known = false;
        let mut windows = Vec::new();
        let files =
            self.entries.iter().filter_map(|entry| entry.file.as_ref()).collect::<std::collections::BTreeSet<_>>();
        let only = files.len() == 1 && self.only_input.as_deref() == Some(file);
        // the most exact match: `b/x.csv` is about `a/b/x.csv` rather than `x.csv` is
        let best = files.iter().filter(|labelled| same_end(file, labelled)).map(|labelled| labelled.len()).max();
        for entry in &self.entries {
            let about = match &entry.file {
                None => true,
                Some(labelled) => only || (same_end(file, labelled) && Some(labelled.len()) == best),
            };
            if about {
                known = true;
                if entry.parameter.as_ref().is_none_or(|labelled| labelled == parameter) {
                    windows.extend_from_slice(&entry.windows);
                }
            }
        }
        windows.sort();
        known.then_some(windows)
    }

    fn add(&mut self, input: &Input, options: &ReadOptions) -> Result<()> {
        let options = ReadOptions { zone: options.zone, time_unit: options.time_unit, ..ReadOptions::default() };
        if !input.from_directory && input.open()?.metadata().is_ok_and(|metadata| metadata.len() == 0) {
            // a truth file without windows: nothing is anomalous
            self.entries.push(Entry { file: None, parameter: None, windows: Vec::new() });
            return Ok(());
        }
        let (format, _, mut stream) = recognise(input, &options)?;
        if format == Format::Csv {
            return self.add_table(CsvBlocks::open(stream, &options)?, input);
        }
        let mut text = std::mem::take(&mut stream.head);
        let failed = |cause: &std::io::Error| Error::io(format_args!("can't read {}", input.label), cause);
        if let Some(cause) = stream.error {
            return Err(failed(&cause));
        }
        stream.rest.read_to_end(&mut text).map_err(|cause| failed(&cause))?;
        let mut reader = TimeReader::new(options.zone, options.time_unit);
        type ByFile = BTreeMap<String, Vec<(String, String)>>;
        if let Ok(files) = serde_json::from_slice::<ByFile>(&text) {
            for (file, pairs) in files {
                let windows = pairs.iter().map(|(start, end)| window(&mut reader, start, end, None));
                let windows = windows.collect::<Result<_>>().map_err(|error| error.at(&input.label))?;
                self.entries.push(Entry { file: Some(file), parameter: None, windows });
            }
            return Ok(());
        }
        let lines = text.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.trim_ascii().is_empty());
        for (i, line) in lines {
            let at = || format!("{}: line {}", input.label, i + 1);
            let truth: Truth = serde_json::from_slice(line).map_err(|_| {
                Error::failed(format!("{}: these are no labels", at()))
                    .hint("expected {\"parameter\": …, \"kind\": …, \"start\": …, \"end\": …}")
            })?;
            let window = window(&mut reader, &truth.start, &truth.end, truth.kind).map_err(|error| error.at(at()))?;
            self.entries.push(Entry { file: None, parameter: Some(truth.parameter), windows: vec![window] });
        }
        Ok(())
    }

    /// Windows are labelled rows one after another; in long files, of the same parameter.
    fn add_table(&mut self, mut blocks: CsvBlocks, input: &Input) -> Result<()> {
        let table = std::sync::Arc::clone(blocks.table());
        let schema = &table.schema;
        let Some(column) = schema.label else {
            return Err(Error::failed(format!("{}: there is no column label of 0 and 1", input.label)));
        };
        let parameter = match schema.shape {
            Shape::Long { parameter, .. } => Some(parameter),
            Shape::Wide(_) => None,
        };
        let mut open: BTreeMap<Vec<u8>, (Vec<Window>, bool)> = BTreeMap::new();
        let mut reader = table.reader();
        while let Some(block) = blocks.next_block()? {
            if block.too_long {
                continue;
            }
            let mut rows = Rows::new(&block.bytes, block.line, schema.delimiter);
            while let Some(row) = rows.next() {
                let time = reader.read(rows.bytes(schema.time));
                let (Row::Fields, Ok(time), false) = (row, time, table.is_header(&rows)) else { continue };
                let key = parameter.map_or_else(Vec::new, |column| rows.field(column).trim_ascii().to_vec());
                let (windows, is_open) = open.entry(key).or_default();
                let labelled = truth(rows.bytes(column)) == Some(true);
                extend(windows, *is_open, labelled, time);
                *is_open = labelled;
            }
        }
        for (key, (windows, _)) in open {
            let parameter = parameter.map(|_| String::from_utf8_lossy(&key).into_owned());
            self.entries.push(Entry { file: Some(input.label.clone()), parameter, windows });
        }
        Ok(())
    }
}

fn extend(windows: &mut Vec<Window>, is_open: bool, labelled: bool, time: Millis) {
    match windows.last_mut() {
        Some(window) if labelled && is_open => {
            window.start = window.start.min(time);
            window.end = window.end.max(time);
        }
        _ if labelled => windows.push(Window { start: time, end: time, kind: None }),
        _ => {}
    }
}

fn window(reader: &mut TimeReader, start: &str, end: &str, kind: Option<String>) -> Result<Window> {
    let mut read =
        |text: &str| reader.read(text.as_bytes()).map_err(|fault| Error::failed(fault.message(text.as_bytes())));
    let (start, end) = (read(start)?, read(end)?);
    if end < start {
        return Err(Error::failed("a window ends before it begins"));
    }
    Ok(Window { start, end, kind })
}

/// Whether one path is the end of the other, by whole names.
fn same_end(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_start_matches("./"), other.trim_start_matches("./"));
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    long.strip_suffix(short).is_some_and(|before| before.is_empty() || before.ends_with('/') || short.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)], path: &str, inputs: &[&str]) -> Result<Labels> {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        let inputs: Vec<String> = inputs.iter().map(|input| (*input).to_owned()).collect();
        let path = folder.path().join(path);
        Labels::read(path.to_str().unwrap(), &inputs, &ReadOptions::default(), &Access::default())
    }

    fn spans(windows: Option<Vec<Window>>) -> Option<Vec<(Millis, Millis)>> {
        windows.map(|windows| windows.iter().map(|window| (window.start, window.end)).collect())
    }

    #[test]
    fn windows_by_file_are_matched_by_the_end_of_the_path() {
        let text = "{\"cat/file.csv\": [[\"1970-01-01 00:00:01.000000\", \"1970-01-01 00:00:02\"]], \"cat/b.csv\": []}";
        let labels = read(&[("windows.json", text)], "windows.json", &["a", "b"]).unwrap();
        for file in ["cat/file.csv", "/data/cat/file.csv", "file.csv", "./cat/file.csv"] {
            assert_eq!(spans(labels.windows(file, "value")), Some(vec![(1000, 2000)]), "{file}");
        }
        assert_eq!(labels.windows("cat/b.csv", "value"), Some(vec![]));
        assert_eq!(labels.windows("myfile.csv", "value"), None);
    }

    #[test]
    fn truth_is_about_a_parameter_of_any_file() {
        let text = "{\"parameter\":\"cpu\",\"kind\":\"spike\",\"start\":\"1970-01-01T00:00:01Z\",\
                    \"end\":\"1970-01-01T00:00:02Z\",\"size\":5.0}\n";
        let labels = read(&[("truth.ndjson", text)], "truth.ndjson", &[]).unwrap();
        assert_eq!(labels.windows("any", "cpu").unwrap()[0].kind.as_deref(), Some("spike"));
        assert_eq!(labels.windows("any", "mem"), Some(vec![]));
    }

    #[test]
    fn labelled_rows_one_after_another_are_a_window() {
        let text = "timestamp,value,label\n1,5,0\n2,5,1\n3,5,1\n4,5,0\n5,5,1\n";
        let files = [("a/x.csv", text), ("b/x.csv", "timestamp,value,label\n1,5,0\n"), ("README", "hello")];
        let labels = read(&files, "", &["a/x.csv", "b/x.csv"]).unwrap();
        assert_eq!(spans(labels.windows("a/x.csv", "value")), Some(vec![(2000, 3000), (5000, 5000)]));
        assert_eq!(labels.windows("b/x.csv", "value"), Some(vec![]));
        assert_eq!(labels.windows("c/x.csv", "value"), None);
        let labels = read(&files, "a/x.csv", &["other.csv"]).unwrap();
        assert_eq!(labels.windows("other.csv", "value").unwrap().len(), 2, "the only input");
    }

    #[test]
    fn in_long_files_each_parameter_has_its_windows() {
        let text = "ts,metric,value,label\n1,a,5,1\n1,b,5,0\n2,a,5,1\n2,b,5,1\n3,a,5,0\n";
        let labels = read(&[("x.csv", text)], "x.csv", &[]).unwrap();
        assert_eq!(spans(labels.windows("x.csv", "a")), Some(vec![(1000, 2000)]));
        assert_eq!(spans(labels.windows("x.csv", "b")), Some(vec![(2000, 2000)]));
    }

    #[test]
    fn files_without_labels_are_refused() {
        let error = |text: &str| read(&[("x", text)], "x", &[]).unwrap_err().to_string();
        assert!(error("time,value\n1,2\n").ends_with("there is no column label of 0 and 1"));
        assert!(error("{\"a\":1}\n").ends_with("line 1: these are no labels"));
        assert!(error("{\"a\":[[\"2014-01-02\",\"2014-01-01\"]]}").ends_with("a window ends before it begins"));
        assert!(read(&[("README", "hello")], "", &[]).unwrap_err().to_string().ends_with("there are no labels in it"));
    }
}
