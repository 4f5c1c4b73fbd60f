//! What design.md says about which part may do what, held by reading the sources as text.
//!
//! Lints see the rest; these rules are about places, which lints don't know.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::BTreeSet;
use std::path::Path;

/// A line of code, without its comment.
struct Line {
    number: usize,
    text: String,
    /// Whether it is compiled for tests only.
    test: bool,
}

/// A source file.
struct Source {
    /// Relative to the package, with slashes.
    path: String,
    lines: Vec<Line>,
}

impl Source {
    /// The path of the module, `domain::detector` for `src/domain/detector/mod.rs`; none for the crate itself.
    fn module(&self) -> Vec<&str> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        path.trim_end_matches("/mod").split('/').filter(|part| !["lib", "main"].contains(part)).collect()
    }

    fn is_within(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path == *place || self.path.starts_with(&format!("{place}/")))
    }
}

/// All files in `src`, in the order of their names.
fn sources() -> Vec<Source> {
    fn collect(folder: &Path, found: &mut Vec<Source>) {
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
                let path = path.to_str().unwrap().replace('\\', "/");
                let only_tests = path.ends_with("tests.rs");
                found.push(Source { lines: lines(&text, only_tests), path });
            }
        }
    }
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 50, "where are the sources?");
    found
}

/// The lines of a file; what follows `#[cfg(test)]` is known by its indentation, which rustfmt makes reliable.
fn lines(text: &str, only_tests: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut ending: Option<String> = None;
    let mut attribute: Option<usize> = None;
    for (place, full) in text.lines().enumerate() {
        let trimmed = full.trim_start();
        let indentation = full.len() - trimmed.len();
        let code = if trimmed.starts_with("//") { "" } else { full.split(" // ").next().unwrap() };
        let mut test = only_tests || ending.is_some() || attribute.is_some();
        if trimmed.starts_with("#[cfg(test)]") || trimmed.starts_with("#[cfg(all(test") {
            attribute = Some(indentation);
            test = true;
        } else if let (Some(column), false) = (attribute, trimmed.starts_with("#[")) {
            attribute = None;
            if code.trim_end().ends_with('{') {
                ending = Some(format!("{}}}", " ".repeat(column)));
            }
        } else if ending.as_deref() == Some(full) {
            ending = None;
        }
        lines.push(Line { number: place + 1, text: code.to_owned(), test });
    }
    lines
}

/// Collects complaints about lines of all sources and fails with them, each with its file and line.
fn hold(rule: &str, complaint: impl Fn(&Source, &Line) -> Option<String>) {
    let complain = |source: &Source| -> Vec<String> {
        let of = |line: &Line| {
            complaint(source, line).map(|what| format!("{}:{}: {what}: {}", source.path, line.number, line.text.trim()))
        };
        source.lines.iter().filter_map(of).collect()
    };
    let broken: Vec<String> = sources().iter().flat_map(complain).collect();
    assert!(broken.is_empty(), "{rule}\n{}", broken.join("\n"));
}

/// The first segments of the paths in a line: `std` in `std::fs::File`, but not `fs`.
fn roots(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices("::").filter_map(move |(place, _)| {
        let before = &text[..place];
        let name = &before[before.rfind(|letter| !is_name(letter)).map_or(0, |end| end + 1)..];
        let outer = before[..before.len() - name.len()].ends_with("::");
        (!outer && name.starts_with(|letter: char| letter.is_lowercase())).then_some(name)
    })
}

/// The names of the crates that Cargo.toml names, as they are written in code.
fn dependencies() -> BTreeSet<String> {
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let mut table = "";
    let mut names = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            table = line;
        } else if table.ends_with("dependencies]")
            && let Some((name, _)) = line.split_once(" = ")
        {
            names.insert(name.trim().replace('-', "_"));
        }
    }
    assert!(names.contains("polars") && names.contains("proptest"), "{names:?}");
    names
}

#[test]
fn the_domain_is_pure() {
    const PURE: [&str; 7] = ["chrono", "chrono_tz", "libm", "rand_chacha", "rand_core", "sha2", "xxhash_rust"];
    const TOOLS: [&str; 2] = ["proptest", "serde_json"]; // in tests
    const IMPURE: [&str; 7] =
        ["std::env", "std::fs", "std::io", "std::net", "std::process", "std::thread", "std::time"];
    let dependencies = dependencies();
    hold("src/domain imports only std's pure parts, itself, and pure crates", |source, line| {
        if !source.is_within(&["src/domain"]) {
            return None;
        }
        let text = line.text.trim();
        let foreign = roots(text)
            .find(|name| dependencies.contains(*name) && !PURE.contains(name) && !(line.test && TOOLS.contains(name)));
        let outside = text.match_indices("crate::").find(|(place, _)| !text[place + 7..].starts_with("domain"));
        let impure = IMPURE.into_iter().find(|part| text.contains(part));
        // A module of tests within a file is one deeper.
        let depth = source.module().len() + usize::from(line.test);
        let above = text.matches("super::").count() >= depth && text.contains(&"super::".repeat(depth));
        match (foreign, impure) {
            (Some(name), _) => Some(format!("uses the crate {name}")),
            (_, Some(part)) => Some(format!("uses {part}")),
            _ if outside.is_some() || above => Some("uses what is outside of the domain".to_owned()),
            _ => None,
        }
    });
}

#[test]
fn heavy_crates_have_one_place_each() {
    const PLACES: [(&str, &[&str]); 3] =
        [("polars", &["src/store/codec"]), ("aws", &["src/s3"]), ("tokio", &["src/interrupt.rs", "src/s3"])];
    hold(
        "polars is used in src/store/codec only, the AWS SDK in src/s3, tokio in src/interrupt.rs and src/s3",
        |source, line| {
            let used = |name: &str| roots(&line.text).any(|root| root == name || root.starts_with(&format!("{name}_")));
            let (name, _) = PLACES.into_iter().find(|(name, places)| used(name) && !source.is_within(places))?;
            Some(format!("uses {name}"))
        },
    );
}

#[test]
fn only_the_ui_prints() {
    const PRINTING: [&str; 6] = ["println!", "eprintln!", "print!", "eprint!", "io::stdout()", "io::stderr()"];
    hold("only src/ui prints", |source, line| {
        let printing = PRINTING.into_iter().find(|printing| line.text.contains(printing))?;
        (!source.is_within(&["src/ui"])).then(|| format!("has {printing}"))
    });
}

#[test]
fn only_settings_read_the_environment() {
    hold("the environment is read in src/settings.rs only", |source, line| {
        let reads = line.text.contains("env::var");
        (reads && !source.is_within(&["src/settings.rs"])).then(|| "reads it".to_owned())
    });
}

#[test]
fn only_the_edge_knows_the_command_line() {
    const EDGE: [&str; 5] = ["src/cli.rs", "src/cli", "src/commands", "src/ui", "src/main.rs"];
    const WITHIN: [&str; 5] = ["src/domain", "src/pipeline", "src/s3", "src/source", "src/store"];
    const ABOVE: [&str; 2] = ["crate::cli", "crate::commands"];
    let definition = trebuchet_ad::cli::Cli::definition();
    let mut commands: Vec<String> =
        definition.get_subcommands().map(|command| format!("trebuchet-ad {}", command.get_name())).collect();
    commands.push("trebuchet-ad replay".to_owned()); // which is advised already
    hold("commands are named at the edge; see src/commands/advice.rs", |source, line| {
        let named = commands.iter().find(|command| line.text.contains(*command));
        let above = ABOVE.into_iter().find(|above| line.text.contains(above));
        match (named, above) {
            (Some(command), _) if !source.is_within(&EDGE) => Some(format!("names {command}")),
            (_, Some(above)) if source.is_within(&WITHIN) => Some(format!("uses {above}")),
            _ => None,
        }
    });
}

#[test]
fn files_are_touched_in_few_places() {
    const PLACES: [&str; 11] = [
        "src/commands/detect/scores.rs",
        "src/commands/ingest/quarantine.rs",
        "src/pipeline/files/scores.rs", // temporary files, as the next three
        "src/pipeline/files/sort.rs",
        "src/pipeline/ingest/bad.rs",
        "src/pipeline/ingest/spill.rs",
        "src/s3", // what is sent or fetched
        "src/settings.rs",
        "src/source",
        "src/store",
        "src/ui/sink.rs",
    ];
    const FILES: [&str; 2] = ["std::fs", "tokio::fs"];
    let touches = |line: &Line| !line.test && FILES.into_iter().any(|files| line.text.contains(files));
    hold("files are read and written in the places that are listed here", |source, line| {
        (touches(line) && !source.is_within(&PLACES)).then(|| "touches files".to_owned())
    });
    let sources = sources();
    let is_used =
        |place: &str| sources.iter().any(|source| source.is_within(&[place]) && source.lines.iter().any(touches));
    let unused: Vec<&str> = PLACES.into_iter().filter(|place| !is_used(place)).collect();
    assert!(unused.is_empty(), "these need not be listed: {unused:?}");
}

#[test]
fn nothing_gives_up_with_a_panic() {
    hold("no unwrap or expect but in tests", |_, line| {
        let gives_up = [".unwrap()", ".expect(\""].into_iter().find(|call| line.text.contains(call))?;
        (!line.test).then(|| format!("has {gives_up}"))
    });
}

#[test]
fn files_stay_readable() {
    const MOST: usize = 450;
    hold("no file is longer than 450 lines", |source, line| {
        let last = line.number == source.lines.len();
        (last && line.number > MOST).then(|| format!("{} lines", line.number))
    });
}

/// Rules that can't fail hold nothing.
#[test]
fn the_rules_see_what_they_should() {
    let text = "use polars_arrow::array::Array;\n\
                // std::fs::read().unwrap()\n\
                #[cfg(test)]\n\
                #[path = \"x_tests.rs\"]\n\
                mod tests;\n\
                fn f() { x.unwrap(); } // tokio::spawn\n\
                #[cfg(test)]\n\
                mod more {\n    \
                    fn g() {\n    \
                    }\n\
                }\n\
                fn h() {}";
    let lines = lines(text, false);
    let tests: Vec<usize> = lines.iter().filter(|line| line.test).map(|line| line.number).collect();
    assert_eq!(tests, [3, 4, 5, 7, 8, 9, 10, 11]);
    assert!(lines[1].text.is_empty() && lines[5].text.contains("unwrap") && !lines[5].text.contains("tokio"));
    let found: Vec<&str> = roots("let x: Vec<std::fs::File> = crate::a::b(libm::exp(1.0), Kind::A)").collect();
    assert_eq!(found, ["std", "crate", "libm"]);
}
