//! Where data goes: standard output, or a file that appears only when it is complete.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// A destination of data. Without [`Sink::finish`] a file does not appear.
#[derive(Debug)]
pub struct Sink {
    name: String,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Stdout(BufWriter<io::Stdout>),
    /// A device or a pipe that exists: written as it is.
    Device(BufWriter<File>),
    /// A file: written beside its place, and moved there at the end.
    File(BufWriter<NamedTempFile>, PathBuf),
}

impl Sink {
    const BUFFER: usize = 1 << 16;

    /// Standard output.
    #[must_use]
    pub fn stdout() -> Self {
        let inner = Inner::Stdout(BufWriter::with_capacity(Self::BUFFER, io::stdout()));
        Self { name: "standard output".to_owned(), inner }
    }

    /// A file; `-` is standard output.
    ///
    /// # Errors
    /// When the folder does not exist or can't be written.
    pub fn create(path: &Path) -> Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self::stdout());
        }
        let name = path.display().to_string();
        let failed = |cause: io::Error| Error::io(format_args!("cannot write {}", path.display()), &cause);
        let metadata = path.metadata().ok();
        if metadata.as_ref().is_some_and(std::fs::Metadata::is_dir) {
            return Err(Error::usage(format!("cannot write {name}: it is a folder")).hint("name a file in it"));
        }
        if metadata.is_some_and(|metadata| !metadata.is_file()) {
            let file = File::options().write(true).open(path).map_err(failed)?;
            return Ok(Self { name, inner: Inner::Device(BufWriter::with_capacity(Self::BUFFER, file)) });
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            let error = Error::failed(format!("cannot write {name}: there is no folder {}", folder.display()));
            return Err(error.hint("make the folder first"));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".trebuchet-ad-").suffix(".part");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the umask
        let file = builder.tempfile_in(folder).map_err(failed)?;
        let inner = Inner::File(BufWriter::with_capacity(Self::BUFFER, file), path.to_owned());
        Ok(Self { name, inner })
    }

    /// Writes out what is buffered and puts a file in its place.
    ///
    /// # Errors
    /// When the disk is full or the reader of a pipe has gone.
    pub fn finish(self) -> Result<()> {
        let failed = |cause: &io::Error| Error::io(format_args!("cannot write {}", self.name), cause);
        match self.inner {
            Inner::Stdout(mut writer) => writer.flush().map_err(|cause| failed(&cause)),
            Inner::Device(mut writer) => writer.flush().map_err(|cause| failed(&cause)),
            Inner::File(writer, path) => {
                let file = writer.into_inner().map_err(|error| failed(error.error()))?;
                file.persist(path).map_err(|error| failed(&error.error))?;
                Ok(())
            }
        }
    }

    /// The error for a failed write to this sink.
    #[must_use]
    pub fn failed(&self, cause: &io::Error) -> Error {
        Error::io(format_args!("cannot write {}", self.name), cause)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.inner {
            Inner::Stdout(writer) => writer.write(bytes),
            Inner::Device(writer) => writer.write(bytes),
            Inner::File(writer, _) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.inner {
            Inner::Stdout(writer) => writer.flush(),
            Inner::Device(writer) => writer.flush(),
            Inner::File(writer, _) => writer.flush(),
        }
    }
}
