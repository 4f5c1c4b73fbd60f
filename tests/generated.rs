//! What is made from the code and committed is up to date: the shell completions and manual pages in `completions/` and
//! `man/` are those of the command line as it is, and `docs/tables.md` tells of the tables as they are.
//!
//! After a change of the command line or the tables `TREBUCHET_BLESS=1 cargo test --release --test generated` writes them again.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]
#![expect(clippy::disallowed_methods, reason = "it is not the program that is run")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap_complete::Shell;
use clap_mangen::Man;
use trebuchet_ad::cli::Cli;

#[path = "support/tables.rs"]
mod tables;

const BLESS: &str = "TREBUCHET_BLESS=1 cargo test --release --test generated";

/// Contents by name.
type Files = BTreeMap<String, String>;

#[test]
fn the_completions_are_up_to_date() {
    let mut files = Files::new();
    for shell in [Shell::Bash, Shell::Fish, Shell::PowerShell, Shell::Zsh] {
        let name = match shell {
            Shell::Bash => "trebuchet-ad.bash",
            Shell::Fish => "trebuchet-ad.fish",
            Shell::PowerShell => "trebuchet-ad.ps1",
            _ => "_trebuchet-ad",
        };
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut Cli::definition(), "trebuchet-ad", &mut text);
        files.insert(name.to_owned(), String::from_utf8(text).unwrap());
    }
    compare("completions", &files);
}

#[test]
fn the_manual_pages_are_up_to_date() {
    // `help` is a subcommand that needs no page.
    let mut program = Cli::definition().disable_help_subcommand(true);
    program.build();
    let mut files = Files::new();
    for command in std::iter::once(&program).chain(program.get_subcommands()) {
        let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
        let mut page = Vec::new();
        Man::new(command.clone()).render(&mut page).unwrap();
        files.insert(format!("{name}.1"), verbatim_extra(&String::from_utf8(page).unwrap()));
    }
    assert!(files.contains_key("trebuchet-ad-detect.1"));
    compare("man", &files);
}

#[test]
fn the_page_about_the_tables_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tables.md");
    let wanted = tables::page();
    if blesses() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = wanted.lines().zip(committed.lines()).find(|(wanted, committed)| wanted != committed);
    assert!(committed == wanted, "docs/tables.md is not what src/store/schema says: {differs:?}; run: {BLESS}");
}

/// The examples at the end of a page, whose lines would otherwise be filled to one paragraph.
fn verbatim_extra(page: &str) -> String {
    let Some((before, after)) = page.split_once(".SH EXTRA\n") else { return page.to_owned() };
    let (extra, rest) = after.split_at(after.find("\n.SH ").map_or(after.len(), |place| place + 1));
    format!("{before}.SH NOTES\n.nf\n{extra}.fi\n{rest}")
}

/// Holds what is committed against what it should be; with `TREBUCHET_BLESS=1` makes it so.
fn compare(folder: &str, wanted: &Files) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if blesses() {
        std::fs::create_dir_all(&path).unwrap();
        for name in names(&path).difference(&wanted.keys().cloned().collect()) {
            std::fs::remove_file(path.join(name)).unwrap();
        }
        wanted.iter().for_each(|(name, text)| std::fs::write(path.join(name), text).unwrap());
    }
    let stale = |name: &&String| {
        let committed = std::fs::read_to_string(path.join(name)).unwrap_or_default();
        wanted.get(*name).is_none_or(|wanted| committed != *wanted)
    };
    let all: BTreeSet<String> = names(&path).into_iter().chain(wanted.keys().cloned()).collect();
    let stale: Vec<&String> = all.iter().filter(stale).collect();
    assert!(stale.is_empty(), "{folder}/ is not what the command line asks for: {stale:?}; run: {BLESS}");
}

/// Whether files are to be written again.
fn blesses() -> bool {
    std::env::var("TREBUCHET_BLESS").is_ok_and(|value| value == "1")
}

/// The names in a folder; none where there is no such folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return BTreeSet::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
