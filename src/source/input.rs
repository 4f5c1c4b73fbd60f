//! Finds the files that the command line names.
//!
//! Every input can be opened any number of times, because formats are recognised first and read later. What can be
//! read only once (standard input, named pipes) is therefore copied to an anonymous temporary file, and objects on S3 to
//! a temporary folder (`remote`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};
use sha2::Digest;

use super::remote::{Finder, Found, Remote};
use crate::domain::digest::Sha256;
use crate::domain::text::visible as name;
use crate::error::{Error, Result};
use crate::s3::Access;
use crate::s3::address::Address;

/// How deep folders are searched: deeper ones are a mistake such as a loop of mounts.
const DEEPEST: usize = 64;

/// A file to read.
#[derive(Clone, Debug)]
pub struct Input {
    /// Where it is: a path, or `s3://BUCKET/KEY`; `-` is standard input.
    pub path: PathBuf,
    /// What it is called: the path as it was typed, within a folder the path relative to it, or `stdin`.
    pub label: String,
    /// Whether it was found in a folder rather than named: it may then be no data at all.
    pub from_directory: bool,
    content: Content,
}

/// Where the bytes of an input are.
#[derive(Clone, Debug)]
enum Content {
    /// Where its path says.
    Path,
    /// In the copy of what can be read only once.
    Copy(Arc<File>),
    /// On S3.
    Object(Remote),
}

impl Input {
    fn new(path: PathBuf, label: String, from_directory: bool) -> Self {
        Self { path, label, from_directory, content: Content::Path }
    }

    fn object(found: Found) -> Self {
        let Found { address, label, from_folder, object } = found;
        Self { path: address.to_string().into(), label, from_directory: from_folder, content: Content::Object(object) }
    }

    /// A file that is named.
    ///
    /// # Errors
    /// When there is no such file, or it can't be copied.
    pub fn file(path: &str) -> Result<Self> {
        let found = fs::metadata(path).map_err(|cause| unreadable(path, &cause))?;
        let mut input = Self::new(path.into(), path.into(), false);
        if !found.is_file() {
            let mut pipe = File::open(path).map_err(|cause| unreadable(path, &cause))?;
            input.content = Content::Copy(Arc::new(spool(&mut pipe, path)?));
        }
        Ok(input)
    }

    /// What comes from `reader`, which is read to its end.
    ///
    /// # Errors
    /// When it can't be read or copied.
    pub fn once(reader: &mut dyn Read, label: &str) -> Result<Self> {
        let mut input = Self::new("-".into(), label.into(), false);
        input.content = Content::Copy(Arc::new(spool(reader, label)?));
        Ok(input)
    }

    /// Whether [`Self::digest`] is known without reading it.
    pub(super) fn has_digest(&self) -> bool {
        matches!(self.content, Content::Object(_))
    }

    /// The SHA-256 digest of its bytes, and how many they are.
    ///
    /// # Errors
    /// When it is gone or unreadable.
    pub fn digest(&self) -> Result<(Sha256, u64)> {
        if let Content::Object(object) = &self.content {
            return object.digest();
        }
        let mut file = self.open()?;
        let mut hasher = sha2::Sha256::new();
        let mut buffer = vec![0; 1 << 18];
        let mut bytes = 0;
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok((Sha256::from_bytes(hasher.finalize().into()), bytes)),
                Ok(read) => {
                    hasher.update(&buffer[..read]);
                    bytes += read as u64;
                }
                Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(unreadable(&self.label, &cause)),
            }
        }
    }

    /// Opens it from the start, independently of others that have it open.
    ///
    /// # Errors
    /// When it is gone or unreadable.
    pub fn open(&self) -> Result<File> {
        match &self.content {
            Content::Path => File::open(&self.path).map_err(|cause| unreadable(&self.label, &cause)),
            Content::Copy(copy) => independent(copy).map_err(|cause| unreadable(&self.label, &cause)),
            Content::Object(object) => object.open(),
        }
    }
}

/// A second handle of an anonymous file, with a position of its own.
fn independent(file: &File) -> std::io::Result<File> {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd;
        if let Ok(file) = File::open(format!("/proc/self/fd/{}", file.as_raw_fd())) {
            return Ok(file);
        }
    }
    // elsewhere, handles share their position: copy, reading by offset
    let mut copy = tempfile::tempfile()?;
    let mut at = AtOffset { file, offset: 0 };
    std::io::copy(&mut at, &mut copy)?;
    copy.rewind()?;
    Ok(copy)
}

struct AtOffset<'a> {
    file: &'a File,
    offset: u64,
}

impl Read for AtOffset<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = std::os::unix::fs::FileExt::read_at(self.file, buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

/// Copies all that comes to an anonymous temporary file, at whose start it is left.
///
/// # Errors
/// When one can't be read or the other not written.
pub fn spool(reader: &mut dyn Read, label: &str) -> Result<File> {
    let unreadable = |cause: std::io::Error| Error::io(format_args!("can't read {label}"), &cause);
    copy(reader, label, unreadable)
}

/// Copies all that comes to an anonymous temporary file; `unreadable` says what it means that no more can be read.
///
/// # Errors
/// When one can't be read or the other not written.
pub fn copy(reader: &mut dyn Read, label: &str, unreadable: impl Fn(std::io::Error) -> Error) -> Result<File> {
    let failed = |cause: std::io::Error| Error::temporary(format_args!("can't copy {label} to"), &cause);
    let mut file = tempfile::tempfile().map_err(failed)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => file.write_all(&buffer[..read]).map_err(failed)?,
            Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(unreadable(cause)),
        }
    }
    file.rewind().map_err(failed)?;
    Ok(file)
}

/// The files that the arguments name: files, folders (with all that is in them), patterns that the shell has left
/// alone, the same on S3, and `-` for standard input. A file that is named twice is read once.
///
/// # Errors
/// When an argument names nothing.
pub fn discover(arguments: &[String], access: &Access) -> Result<Vec<Input>> {
    if arguments.is_empty() {
        return Err(Error::usage("no file is given").hint("name files or folders, or - for standard input"));
    }
    let mut inputs = Vec::new();
    let mut finder = Finder::new(access);
    for argument in arguments {
        if argument == "-" {
            let is_stdin = |input: &Input| input.label == "stdin" && matches!(input.content, Content::Copy(_));
            if !inputs.iter().any(is_stdin) {
                inputs.push(Input::once(&mut std::io::stdin().lock(), "stdin")?);
            }
        } else if let Some(address) = Address::parse(argument)? {
            inputs.extend(finder.find(&address)?.into_iter().map(Input::object));
        } else if fs::symlink_metadata(argument).is_ok() {
            add(argument, &mut inputs)?;
        } else if argument.contains(['*', '?', '[']) {
            let found = matching(argument)?;
            if found.is_empty() {
                return Err(Error::failed(format!("no file matches {}", name(argument)))
                    .hint("* stands for any part of a name, ** for any folders below"));
            }
            found.iter().try_for_each(|path| add(path, &mut inputs))?;
        } else {
            return Err(missing(argument));
        }
    }
    let mut seen = BTreeSet::new();
    inputs.retain(|input| match &input.content {
        Content::Copy(_) => true,
        Content::Path => seen.insert(fs::canonicalize(&input.path).unwrap_or_else(|_| input.path.clone()).into()),
        Content::Object(_) => seen.insert(input.path.clone().into_os_string()),
    });
    tell_apart(&mut inputs);
    Ok(inputs)
}

/// Adds a file, or the files of a folder.
fn add(argument: &str, inputs: &mut Vec<Input>) -> Result<()> {
    let path = Path::new(argument);
    if !path.is_dir() {
        inputs.push(Input::file(argument)?);
        return Ok(());
    }
    let mut files = Vec::new();
    walk(path, false, DEEPEST, &mut |file, is_folder| {
        if !is_folder {
            files.push(file.to_owned());
        }
    })?;
    if files.is_empty() {
        return Err(Error::failed(format!("{}: there are no files in this folder", name(argument)))
            .hint("hidden files, and links to folders, are passed over"));
    }
    inputs.extend(files.into_iter().map(|file| {
        let label = file.strip_prefix(path).unwrap_or(&file).to_string_lossy().into_owned();
        Input::new(file, label, true)
    }));
    Ok(())
}

/// Files of different folders may have the same relative path: those are called by their whole path.
fn tell_apart(inputs: &mut [Input]) {
    let mut times = BTreeMap::new();
    for input in inputs.iter() {
        *times.entry(input.label.clone()).or_insert(0) += 1;
    }
    for input in inputs.iter_mut().filter(|input| input.from_directory && times[&input.label] > 1) {
        input.label = input.path.to_string_lossy().into_owned();
    }
}

/// Visits what is in a folder, by name; hidden files only where asked for, and never what a link to a folder holds.
fn walk(folder: &Path, hidden: bool, depth: usize, visit: &mut dyn FnMut(&Path, bool)) -> Result<()> {
    let failed = |cause| unreadable(&folder.to_string_lossy(), &cause);
    let mut entries = fs::read_dir(folder).map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if !hidden && entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            visit(&path, true);
            if depth > 0 {
                walk(&path, hidden, depth - 1, visit)?;
            }
        } else if path.is_file() {
            visit(&path, false);
        }
    }
    Ok(())
}

/// A pattern of paths.
pub(super) fn glob(pattern: &str) -> Result<GlobMatcher> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    let wrong =
        |cause: globset::Error| Error::usage(format!("the pattern {} is invalid: {}", name(pattern), cause.kind()));
    Ok(glob.map_err(wrong)?.compile_matcher())
}

/// The paths that a pattern matches, by name.
fn matching(pattern: &str) -> Result<Vec<String>> {
    let matcher = glob(pattern)?;
    let fixed = pattern.find(['*', '?', '[']).unwrap_or(0);
    let folder = pattern[..fixed].rfind('/').map_or("", |slash| &pattern[..=slash]);
    let depth = if pattern.contains("**") { DEEPEST } else { pattern[folder.len()..].matches('/').count() };
    let root = Path::new(if folder.is_empty() { "." } else { folder });
    if !root.is_dir() {
        return Ok(Vec::new());
    }
    let hidden = pattern.starts_with('.') && !pattern.starts_with("./") || pattern[folder.len()..].contains("/.");
    let mut found = Vec::new();
    walk(root, hidden, depth, &mut |path, is_folder| {
        let path = if folder.is_empty() { path.strip_prefix(".").unwrap_or(path) } else { path };
        if matcher.is_match(path) && !(is_folder && pattern.contains("**")) {
            found.push(path.to_string_lossy().into_owned());
        }
    })?;
    Ok(found)
}

fn unreadable(label: &str, cause: &std::io::Error) -> Error {
    if cause.kind() == std::io::ErrorKind::NotFound {
        missing(label)
    } else {
        Error::io(format_args!("can't read {label}"), cause)
    }
}

/// There is no such file; perhaps one of a similar name.
fn missing(path: &str) -> Error {
    let error = Error::failed(format!("{}: there is no such file or folder", name(path)));
    let path = Path::new(path);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let Ok(entries) = fs::read_dir(folder.unwrap_or(Path::new("."))) else {
        return error.hint("its folder does not exist either: check the path");
    };
    let wanted = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let distance = |entry: &String| edits(&wanted, &entry.to_lowercase());
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let nearest = names
        .filter(|entry| distance(entry) <= 1 + wanted.chars().count() / 5)
        .min_by_key(|entry| (distance(entry), entry.clone()));
    match nearest {
        Some(nearest) => {
            let nearest = folder.map_or(PathBuf::from(&nearest), |folder| folder.join(&nearest));
            error.hint(format!("did you mean {}?", name(&nearest.to_string_lossy())))
        }
        None => error.hint("check the path; relative ones start at the current folder"),
    }
}

/// The least number of letters to insert, delete or replace that makes one text the other (Levenshtein).
pub(super) fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
#[path = "input_tests.rs"]
mod tests;
