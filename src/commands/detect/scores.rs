//! Where `--scores` go: a file for one file, a folder with the same tree for several.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use super::request::FilesRequest;
use crate::error::{Error, Result};
use crate::pipeline::files::scores::{HEADER, ScoreRows};
use crate::s3::Access;
use crate::s3::address::{SCHEME, is_on_s3};
use crate::ui::sink::Sink;

/// Where scores go.
pub(super) enum Target {
    /// To this file, until it is written.
    File(Option<Sink>),
    /// Into this folder, or below this prefix of a bucket; the files written so far.
    Folder(PathBuf, BTreeSet<PathBuf>, Access),
}

impl Target {
    /// Makes sure that there is a place for the scores, before the work begins.
    pub fn prepare(path: &Path, request: &FilesRequest) -> Result<Self> {
        let looks_like_a_file = !path.is_dir() && path.extension().is_some();
        if request.is_single() || request.units.len() == 1 && looks_like_a_file {
            return Ok(Self::File(Some(Sink::create(path, &request.show.access)?)));
        }
        if path.exists() && !path.is_dir() {
            let error = Error::usage(format!("--scores {}: several files need a folder", path.display()));
            return Err(error.hint("name a folder that exists, or a new one"));
        }
        let inputs = || request.units.iter().flat_map(|unit| &unit.inputs);
        for unit in &request.units {
            let target = path.join(below(&unit.label));
            if let Some(input) = inputs().find(|input| is_same(&input.path, &target)) {
                let (path, input) = (path.display(), &input.label);
                return Err(Error::usage(format!("--scores {path}: {input} is an input; it would be overwritten"))
                    .hint("name another folder"));
            }
        }
        make_folder(path)?;
        Ok(Self::Folder(path.to_owned(), BTreeSet::new(), request.show.access.clone()))
    }

    /// Writes the rows of a unit, series by series.
    pub fn write(&mut self, label: &str, rows: Vec<ScoreRows>) -> Result<()> {
        let mut sink = match self {
            Self::File(sink) => {
                let Some(sink) = sink.take() else { return Err(Error::failed("scores are already written")) };
                sink
            }
            Self::Folder(folder, written, access) => {
                let path = folder.join(below(label));
                if !written.insert(path.clone()) {
                    let error = Error::failed(format!("two files would have their scores in {}", path.display()));
                    return Err(error.hint("detect them one at a time"));
                }
                if let Some(parent) = path.parent() {
                    make_folder(parent)?;
                }
                Sink::create(&path, access)?
            }
        };
        sink.write_all(HEADER.as_bytes()).map_err(|cause| sink.failed(&cause))?;
        for rows in rows {
            rows.copy_to(&mut sink).map_err(|cause| sink.failed(&cause))?;
        }
        sink.finish()
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    if is_on_s3(other) {
        return one.as_os_str() == other.as_os_str();
    }
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// The place of a file's scores below the folder: its own relative path, without anything that would lead out.
fn below(label: &str) -> PathBuf {
    let label = label.strip_prefix(SCHEME).unwrap_or(label);
    let parts = Path::new(label).components().filter(|part| matches!(part, Component::Normal(_)));
    let mut path: PathBuf = parts.collect();
    if path.extension().is_none_or(|extension| extension != "csv") {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".csv");
        path.set_file_name(name);
    }
    path
}

fn make_folder(path: &Path) -> Result<()> {
    if is_on_s3(path) {
        return Ok(()); // a bucket has none
    }
    std::fs::create_dir_all(path)
        .map_err(|cause| Error::io(format_args!("cannot make the folder {}", path.display()), &cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_stay_below_their_folder() {
        let labels = ["a/b.csv", "../../x.csv", "/etc/x.csv", "b.ndjson.gz", "c.parquet", "s3://b/k/x.csv"];
        let expected = ["a/b.csv", "x.csv", "etc/x.csv", "b.ndjson.gz.csv", "c.parquet.csv", "b/k/x.csv"];
        let (paths, expected) = (labels.map(below), expected.map(PathBuf::from));
        assert_eq!(paths, expected);
    }
}
