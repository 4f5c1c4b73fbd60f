//! Settings: what was typed, then the environment, then files, parsed once into validated types.
//!
//! Each comes from the first place that has it: the flag; the environment variable `TREBUCHET_…`; `trebuchet.toml` in
//! this folder or the nearest one above; the user's `trebuchet-ad/config.toml` below the folder for configuration; a
//! default. They only say how to work, where the store is and how to show results: what decides results is always typed,
//! or kept in the store. Only this module reads the environment.

use std::ffi::OsString;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{ColorChoice, ValueEnum};
use serde::Deserialize;

use crate::cli::CommonArgs;
use crate::cli::detect::OutputFormat;
use crate::cli::values;
use crate::clock::Clock;
use crate::domain::measurement::{END_OF_TIME, FIRST_TIME};
use crate::error::{Error, Result};
use crate::s3::{Access, CacheAt};

/// The name of the file that is looked for from the current folder upward.
const FILE: &str = "trebuchet.toml";

/// The most threads, or requests at once, that make sense.
const MOST_THREADS: usize = 1024;

/// How many bytes copies of objects may have where nobody says it.
const CACHE_SIZE: u64 = 10 << 30;

/// The settings of every command.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many threads to use; at least 1.
    pub threads: usize,
    /// How to show incidents where neither a flag nor the name of a file says it.
    pub format: Option<OutputFormat>,
    /// What time it is; `TREBUCHET_NOW` stops it.
    pub clock: Clock,
    /// The store, where no flag names it.
    pub store: Option<Named>,
    /// The dataset, where no flag names it.
    pub dataset: Option<Named>,
    /// How S3 is reached.
    pub access: Access,
    /// The words that were typed after the name of the program.
    pub typed: Vec<String>,
}

/// A name of something, and who says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub text: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// What a settings file may hold.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    threads: Option<toml::Value>,
    concurrency: Option<toml::Value>,
    color: Option<toml::Value>,
    format: Option<toml::Value>,
    store: Option<toml::Value>,
    dataset: Option<toml::Value>,
    cache_dir: Option<toml::Value>,
    cache_size: Option<toml::Value>,
}

/// Where a setting comes from, as messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This flag was typed.
    Flag(&'static str),
    /// This variable of the environment is set.
    Variable(&'static str),
    /// This file has this key.
    File(PathBuf, &'static str),
    /// Nobody says it, but there is only one.
    Only,
}

/// A setting as text, and where it comes from.
type Found = Option<(String, Origin)>;

/// All places but the command line.
#[derive(Debug, Default)]
pub struct Places {
    files: Vec<(PathBuf, File)>,
}

impl Places {
    /// Reads the files.
    ///
    /// # Errors
    /// When one is not valid.
    pub fn read() -> Result<Self> {
        let here = std::env::current_dir().ok();
        let near = here.iter().flat_map(|here| here.ancestors()).map(|folder| folder.join(FILE));
        let near = near.into_iter().find(|path| path.is_file());
        let configuration = variable("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".config")));
        let user = configuration.map(|folder| folder.join("trebuchet-ad").join("config.toml"));
        let user = user.filter(|path| path.is_file());
        let files = near.into_iter().chain(user).map(|path| Ok((path.clone(), read(&path)?)));
        Ok(Self { files: files.collect::<Result<_>>()? })
    }

    /// The first place that has a setting.
    fn find(&self, name: &'static str, key: &'static str, of: impl Fn(&File) -> &Option<toml::Value>) -> Found {
        if let Some(text) = variable(name) {
            return Some((text, Origin::Variable(name)));
        }
        self.files.iter().find_map(|(path, file)| {
            let text = match of(file).as_ref()? {
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(number) => number.to_string(),
                other => other.type_str().to_owned(),
            };
            Some((text, Origin::File(path.clone(), key)))
        })
    }

    /// The first place that has a name.
    fn name(
        &self,
        variable: &'static str,
        key: &'static str,
        of: impl Fn(&File) -> &Option<toml::Value>,
    ) -> Result<Option<Named>> {
        for (path, file) in &self.files {
            if of(file).as_ref().is_some_and(|value| value.as_str().is_none_or(str::is_empty)) {
                return Err(Error::usage(format!("{}: {key} must be a text that is not empty", path.display())));
            }
        }
        Ok(self.find(variable, key, of).map(|(text, origin)| Named { text, origin }))
    }

    /// Whether colours are wanted, if anyone said so: `--color`, `NO_COLOR`, then the other places; `None` leaves it to
    /// the streams.
    ///
    /// # Errors
    /// When a place has something else.
    pub fn color(&self, typed: ColorChoice) -> Result<Option<bool>> {
        let said = |choice: ColorChoice| match choice {
            ColorChoice::Always => Some(true),
            ColorChoice::Never => Some(false),
            ColorChoice::Auto => None,
        };
        if let Some(typed) = said(typed) {
            return Ok(Some(typed));
        }
        if variable("NO_COLOR").is_some() {
            return Ok(Some(false));
        }
        let found = self.find("TREBUCHET_COLOR", "color", |file| &file.color);
        Ok(found.map(choice::<ColorChoice>).transpose()?.and_then(said))
    }
}

impl Settings {
    /// Resolves the settings of every command. `words` are what was typed, the name of the program first.
    ///
    /// # Errors
    /// When a value is invalid; the message names the flag, variable or file.
    pub fn resolve(args: &CommonArgs, words: &[OsString], places: &Places) -> Result<Self> {
        let typed = |number: Option<usize>, flag| number.map(|number| (number.to_string(), Origin::Flag(flag)));
        let threads = typed(args.threads, "--threads")
            .or_else(|| places.find("TREBUCHET_THREADS", "threads", |file| &file.threads));
        let threads = match threads {
            Some(found) => count(found)?,
            None => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
        };
        let concurrency = typed(args.concurrency, "--concurrency")
            .or_else(|| places.find("TREBUCHET_CONCURRENCY", "concurrency", |file| &file.concurrency));
        let concurrency = concurrency.map_or(Ok(Access::CONCURRENCY), count)?;
        let ca_bundle = variable("AWS_CA_BUNDLE").map(PathBuf::from);
        let cache = cache(args, places)?;
        let access = Access { concurrency, ca_bundle, cache, ..Access::default() };
        let format = places.find("TREBUCHET_FORMAT", "format", |file| &file.format).map(choice).transpose()?;
        let store = places.name("TREBUCHET_STORE", "store", |file| &file.store)?.map(Named::below_its_file);
        let dataset = places.name("TREBUCHET_DATASET", "dataset", |file| &file.dataset)?;
        let typed = words.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
        Ok(Self { threads, format, clock: clock()?, store, dataset, access, typed })
    }
}

/// Where copies of objects are kept, if anywhere.
fn cache(args: &CommonArgs, places: &Places) -> Result<Option<CacheAt>> {
    let folder = places.name("TREBUCHET_CACHE_DIR", "cache_dir", |file| &file.cache_dir)?.map(Named::below_its_file);
    let folder = Named::first(args.cache_dir.as_ref(), "--cache-dir", folder.as_ref());
    let size = places.find("TREBUCHET_CACHE_SIZE", "cache_size", |file| &file.cache_size);
    let size = match (args.cache_size, size) {
        (Some(size), _) => size as u64,
        (None, Some((text, origin))) => size_of(&text, &origin)?,
        (None, None) => CACHE_SIZE,
    };
    match folder {
        Some(Named { text, origin }) if text.is_empty() || text.contains("://") => {
            Err(Error::usage(format!("{origin} can't be '{}'", text.escape_debug()))
                .hint("copies are kept in a folder of this computer"))
        }
        folder => Ok(folder.map(|Named { text, .. }| CacheAt { folder: text.into(), size })),
    }
}

fn size_of(text: &str, origin: &Origin) -> Result<u64> {
    let wrong = |allowed| Error::usage(format!("{origin} can't be '{}'", text.escape_debug())).hint(allowed);
    values::size(text.trim()).map(|size| size as u64).map_err(wrong)
}

impl Named {
    /// What a flag says, or else what the other places do.
    #[must_use]
    pub fn first(typed: Option<&String>, flag: &'static str, other: Option<&Self>) -> Option<Self> {
        let typed = typed.map(|text| Self { text: text.clone(), origin: Origin::Flag(flag) });
        typed.or_else(|| other.cloned())
    }

    /// A relative path in a file starts from the folder of that file.
    fn below_its_file(mut self) -> Self {
        if let Origin::File(path, _) = &self.origin
            && !self.text.contains("://")
            && let Some(folder) = path.parent()
        {
            self.text = folder.join(&self.text).to_string_lossy().into_owned();
        }
        self
    }
}

/// The computer's clock, unless `TREBUCHET_NOW` has the time.
fn clock() -> Result<Clock> {
    const NAME: &str = "TREBUCHET_NOW";
    let Some(text) = variable(NAME) else { return Ok(Clock::REAL) };
    let time = chrono::DateTime::parse_from_rfc3339(text.trim()).map(|time| time.timestamp_millis()).ok();
    time.filter(|time| (FIRST_TIME..END_OF_TIME).contains(time)).map(Clock::frozen).ok_or_else(|| {
        Error::usage(format!("{NAME} can't be '{}'", text.escape_debug()))
            .hint("it is a time such as 2026-01-31T12:00:00Z")
    })
}

fn read(path: &Path) -> Result<File> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| Error::io(format_args!("cannot read {}", path.display()), &cause))?;
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        let message = error.message().lines().next().unwrap_or_default();
        Error::usage(format!("{}:{line}: {message}", path.display()))
            .hint("the settings are threads, concurrency, color, format, store, dataset, cache_dir and cache_size")
    })
}

fn count((text, origin): (String, Origin)) -> Result<usize> {
    match text.trim().parse() {
        Ok(count @ 1..=MOST_THREADS) => Ok(count),
        _ => Err(Error::usage(format!(
            "{origin} must be a whole number from 1 to {MOST_THREADS}, not '{}'",
            text.escape_debug()
        ))),
    }
}

fn choice<T: ValueEnum>((text, origin): (String, Origin)) -> Result<T> {
    T::from_str(text.trim(), true).map_err(|_| {
        let names = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let names = names.map(|value| value.get_name().to_owned()).collect::<Vec<_>>().join(", ");
        Error::usage(format!("{origin} can't be '{}'", text.escape_debug())).hint(format!("it may be {names}"))
    })
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::File(path, key) => write!(f, "{}: {key}", path.display()),
            Self::Only => f.write_str("the only one there is"),
        }
    }
}

/// An environment variable that is set to something.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).filter(|text| !text.is_empty()).map(|text| text.to_string_lossy().into_owned())
}
