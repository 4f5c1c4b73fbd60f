//! Where data goes: standard output, or a file or an object on S3 that appears only when it is complete.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::s3::address::Address;
use crate::s3::{Access, Bucket};

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
    /// An object on S3: written to a temporary file, and from there at the end.
    Object(BufWriter<File>, Bucket, String),
}

impl Sink {
    const BUFFER: usize = 1 << 16;

    /// Standard output.
    #[must_use]
    pub fn stdout() -> Self {
        let inner = Inner::Stdout(BufWriter::with_capacity(Self::BUFFER, io::stdout()));
        Self { name: "standard output".to_owned(), inner }
    }

    /// A file, or an object on S3; `-` is standard output.
    ///
    /// # Errors
    /// When the folder does not exist or can't be written, or the object can have no such name.
    pub fn create(path: &Path, access: &Access) -> Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self::stdout());
        }
        let name = path.display().to_string();
        if let Some(address) = path.to_str().map(Address::parse).transpose()?.flatten() {
            return Self::object(name, address, access);
        }
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

    fn object(name: String, address: Address, access: &Access) -> Result<Self> {
        if !address.names_object() {
            return Err(Error::usage(format!("cannot write {name}: it is no name of an object"))
                .hint(format!("name an object in it, such as {}/data.csv", name.trim_end_matches('/'))));
        }
        let bucket = Bucket::new(&address.bucket, access)?;
        let file = tempfile::tempfile().map_err(|cause| unspooled(&name, &cause))?;
        Ok(Self { name, inner: Inner::Object(BufWriter::with_capacity(Self::BUFFER, file), bucket, address.key) })
    }

    /// Writes out what is buffered and puts a file or an object in its place.
    ///
    /// # Errors
    /// When the disk is full, the reader of a pipe has gone, or S3 does not take the object.
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
            Inner::Object(writer, bucket, key) => {
                let file = writer.into_inner().map_err(|error| unspooled(&self.name, error.error()))?;
                bucket.put_file(&key, file)
            }
        }
    }

    /// The error for a failed write to this sink.
    #[must_use]
    pub fn failed(&self, cause: &io::Error) -> Error {
        match self.inner {
            Inner::Object(..) => unspooled(&self.name, cause),
            _ => Error::io(format_args!("cannot write {}", self.name), cause),
        }
    }
}

/// The error for the temporary file of an object.
fn unspooled(name: &str, cause: &io::Error) -> Error {
    Error::io(format_args!("cannot write the temporary file of {name}"), cause)
        .hint("set TMPDIR to a folder with more space")
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.inner {
            Inner::Stdout(writer) => writer.write(bytes),
            Inner::Device(writer) => writer.write(bytes),
            Inner::File(writer, _) => writer.write(bytes),
            Inner::Object(writer, ..) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.inner {
            Inner::Stdout(writer) => writer.flush(),
            Inner::Device(writer) => writer.flush(),
            Inner::File(writer, _) => writer.flush(),
            Inner::Object(writer, ..) => writer.flush(),
        }
    }
}
