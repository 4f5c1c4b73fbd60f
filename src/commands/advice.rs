//! What the user can do about an error, in words: suggested commands are for the store and dataset that were typed.

use super::next::with_store;
use crate::cli::store::StoreArgs;
use crate::error::{Advice, Error};
use crate::ui::Ui;

/// Tells an error, with what can be done about it. `store` is what was typed, where a command is about a store.
pub(super) fn tell(error: &Error, store: Option<&StoreArgs>, ui: &Ui) {
    let hints: Vec<String> = error.advice().iter().map(|advice| sentence(advice, store)).collect();
    ui.error(error, &hints);
}

/// A piece of advice as a sentence.
pub(super) fn sentence(advice: &Advice, store: Option<&StoreArgs>) -> String {
    let nothing = StoreArgs::default();
    let store = store.unwrap_or(&nothing);
    let command = |name: &str| with_store(name, store);
    match advice {
        Advice::Text(text) => text.clone(),
        Advice::Train => format!("make one with: {}", command("train")),
        Advice::TrainFirst => format!("make the first one with: {}", command("train")),
        Advice::TrainWithThisVersion => {
            format!("train a model with this version of the program: {}", command("train"))
        }
        Advice::IngestIntoNewStore => {
            "another version of the program has detected here: bring the records into a new store \
                                       with trebuchet-ad ingest --init, and train there"
                .to_owned()
        }
        Advice::TrainWithTheseSettings => format!("train a model with these settings: {}", command("train")),
        Advice::TrainUntil(time) => {
            format!("to detect from {time} on, train on what came before: {} --to {time}", command("train"))
        }
        Advice::NameModelUntil(time) => {
            format!("name one that was trained until {time} or before with --model-version: {}", command("train list"))
        }
        Advice::DetectUntil(time) => format!("detect what lies between first: {} --to {time}", command("detect")),
        Advice::DetectWithoutModelUntil(time) => {
            format!("go on without --model-version up to there: {} --to {time}", command("detect"))
        }
        Advice::DetectFiles => "or look back over files: trebuchet-ad detect FILES".to_owned(),
        Advice::Replay => "what was said then stays as it is; to judge it again beside it takes trebuchet-ad replay, \
                           which this version does not have yet"
            .to_owned(),
        Advice::BringDataIn => format!("bring some in with: {}", command("ingest FILE")),
        Advice::BeginDataset(name) => {
            let store = StoreArgs { dataset: None, ..store.clone() };
            format!("bring data in with: {}", with_store(&format!("ingest FILES --dataset {name}"), &store))
        }
        Advice::InitStore => format!("check --store, or make one there with: {}", command("ingest --init")),
        Advice::InitStoreThere => format!("check --store, or make a store there with: {}", command("ingest --init")),
        Advice::SeeStatus => {
            format!("it may have been removed by hand; restore it, or see: {}", command("status"))
        }
        Advice::CheckPermissions => {
            format!("an administrator must allow it; to try all: {}", command("status --check"))
        }
        Advice::Convert(converter) => format!("{converter} | trebuchet-ad … -"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_for_the_store_that_was_typed() {
        let time = || "2026-01-31T12:00:00Z".to_owned();
        let typed = StoreArgs { store: Some("a b".to_owned()), dataset: Some("x/y/1".to_owned()) };
        let of = |advice: &Advice| [sentence(advice, None), sentence(advice, Some(&typed))];
        for (advice, before, after) in [
            (Advice::Train, "make one with: trebuchet-ad train", ""),
            (
                Advice::TrainUntil(time()),
                "to detect from 2026-01-31T12:00:00Z on, train on what came before: trebuchet-ad train",
                " --to 2026-01-31T12:00:00Z",
            ),
            (
                Advice::DetectWithoutModelUntil(time()),
                "go on without --model-version up to there: trebuchet-ad detect",
                " --to 2026-01-31T12:00:00Z",
            ),
            (Advice::CheckPermissions, "an administrator must allow it; to try all: trebuchet-ad status --check", ""),
        ] {
            let store = " --store 'a b' --dataset x/y/1";
            assert_eq!(of(&advice), [format!("{before}{after}"), format!("{before}{store}{after}")]);
        }
        let begin = "bring data in with: trebuchet-ad ingest FILES --dataset p/q/2";
        assert_eq!(of(&Advice::BeginDataset("p/q/2".to_owned())), [begin.to_owned(), format!("{begin} --store 'a b'")]);
    }

    #[test]
    fn what_is_not_about_a_store_names_none() {
        let typed = StoreArgs { store: Some("s".to_owned()), dataset: None };
        for advice in [Advice::DetectFiles, Advice::Replay, Advice::Convert("xz -dc x".to_owned()), "plain".into()] {
            let words = sentence(&advice, Some(&typed));
            assert!(words == sentence(&advice, None) && !words.contains("--store"), "{words}");
        }
    }
}
