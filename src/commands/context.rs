//! With which store and dataset a command works, and who says so.

use crate::cli::store::StoreArgs;
use crate::domain::dataset::Dataset;
use crate::error::{Advice, Error, Result};
use crate::settings::{Named, Origin, Settings};
use crate::store::Store;
use crate::store::place::Place;
use crate::store::settings::{self, StoredSettings};

/// How many datasets an error lists.
const LISTED: usize = 20;

/// A store, a dataset of it, and the settings of that which are in force.
#[derive(Clone, Debug)]
pub struct Context {
    /// The store.
    pub store: Store,
    /// Who names it.
    pub store_from: Origin,
    /// The dataset.
    pub dataset: Dataset,
    /// Who names it.
    pub dataset_from: Origin,
    /// Its settings.
    pub settings: StoredSettings,
}

impl Context {
    /// The store and the dataset that a command is about.
    ///
    /// # Errors
    /// When nobody names a store, it can't be opened, or which dataset is meant can't be known.
    pub fn open(args: &StoreArgs, settings: &Settings) -> Result<Self> {
        let (store, store_from) = open_store(args, settings)?;
        let (dataset, dataset_from) = match named_dataset(args, settings)? {
            Some(named) => named,
            None => (only_dataset(&store)?, Origin::Only),
        };
        let Some(settings) = settings::newest(&store, &dataset)? else {
            return Err(unknown_dataset(&store, &dataset, &dataset_from)?);
        };
        Ok(Self { store, store_from, dataset, dataset_from, settings })
    }
}

/// The place of the store, and who names it.
///
/// # Errors
/// When nobody does.
pub fn store_place(args: &StoreArgs, settings: &Settings) -> Result<Named> {
    Named::first(args.store.as_ref(), "--store", settings.store.as_ref()).ok_or_else(|| {
        Error::usage("which store?")
            .hint("name its folder, or s3://BUCKET/PREFIX: --store PLACE, TREBUCHET_STORE, or store in trebuchet.toml")
    })
}

/// The store that a command is about, and who names it.
///
/// # Errors
/// When nobody names one, or it can't be opened.
pub fn open_store(args: &StoreArgs, settings: &Settings) -> Result<(Store, Origin)> {
    let Named { text, origin } = store_place(args, settings)?;
    let store = Place::parse(&text).and_then(|place| Store::open_with(&place, &settings.access));
    Ok((store.map_err(|error| named_by(error, &origin))?, origin))
}

/// The dataset that is named, and who names it; `None` where nobody does.
///
/// # Errors
/// When the name is none of a dataset.
pub fn named_dataset(args: &StoreArgs, settings: &Settings) -> Result<Option<(Dataset, Origin)>> {
    let named = Named::first(args.dataset.as_ref(), "--dataset", settings.dataset.as_ref());
    let parsed = named.map(|Named { text, origin }| match text.trim().parse() {
        Ok(dataset) => Ok((dataset, origin)),
        Err(fault) => Err(Error::usage(format!("{origin}: {fault}")).hint("an example is acme/shop/2.1")),
    });
    parsed.transpose()
}

/// The only dataset of a store.
///
/// # Errors
/// When there is none, or several.
pub fn only_dataset(store: &Store) -> Result<Dataset> {
    let mut datasets = store.datasets()?;
    match (datasets.pop(), datasets.len()) {
        (Some(only), 0) => Ok(only),
        (Some(last), _) => {
            datasets.push(last);
            let message = format!("which dataset? There are {} in {}", datasets.len(), store.place());
            Err(Error::usage(message).hint(format!("name one with --dataset: {}", listed(&datasets))))
        }
        (None, _) => Err(Error::failed(format!("there is no dataset in {} yet", store.place()))
            .advise(Advice::BeginDataset("CUSTOMER/APPLICATION/VERSION".to_owned()))),
    }
}

/// The error for a dataset that is not there.
fn unknown_dataset(store: &Store, dataset: &Dataset, named_by: &Origin) -> Result<Error> {
    let error = Error::failed(format!("there is no dataset {dataset} in {}", store.place()));
    let error = self::named_by(error, named_by);
    let datasets = store.datasets()?;
    Ok(match datasets[..] {
        [] => error.advise(Advice::BeginDataset(dataset.to_string())),
        _ => error.hint(format!("there are: {}", listed(&datasets))),
    })
}

/// Says who named what is wrong, where that is not to be seen in the command.
pub fn named_by(error: Error, origin: &Origin) -> Error {
    match origin {
        Origin::Flag(_) | Origin::Only => error,
        Origin::Variable(_) | Origin::File(..) => error.hint(format!("it is named by {origin}")),
    }
}

fn listed(datasets: &[Dataset]) -> String {
    let names: Vec<String> = datasets.iter().take(LISTED).map(Dataset::to_string).collect();
    let more = if datasets.len() > LISTED { ", …" } else { "" };
    names.join(", ") + more
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::commands::advice::sentence;
    use crate::error::Kind;
    use crate::s3::Access;
    use crate::store::layout::Layout;
    use crate::store::settings::{DatasetSettings, put_next};

    fn nothing() -> Settings {
        Settings {
            threads: 1,
            format: None,
            clock: Clock::REAL,
            store: None,
            dataset: None,
            access: Access::default(),
            typed: Vec::new(),
        }
    }

    fn args(store: Option<&str>, dataset: Option<&str>) -> StoreArgs {
        StoreArgs { store: store.map(str::to_owned), dataset: dataset.map(str::to_owned) }
    }

    fn told(error: &Error) -> String {
        let sentences: Vec<String> = error.advice().iter().map(|advice| sentence(advice, None)).collect();
        format!("{error}; {}", sentences.join("; "))
    }

    #[test]
    fn the_only_dataset_needs_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("s").display().to_string();
        let open = |dataset: Option<&str>| Context::open(&args(Some(&place), dataset), &nothing());
        assert!(told(&open(None).unwrap_err()).contains("ingest --init"));
        let store = Store::init(&place, Layout::Compact).unwrap();
        let error = open(None).unwrap_err();
        assert!(told(&error).contains("there is no dataset in ") && told(&error).contains("ingest FILES --dataset"));
        assert!(told(&open(Some("a/b/1")).unwrap_err()).contains("ingest FILES --dataset a/b/1"));
        let put = |name: &str| put_next(&store, &name.parse().unwrap(), 0, DatasetSettings::default()).unwrap();
        put("acme/shop/1");
        let context = open(None).unwrap();
        assert_eq!((context.dataset.to_string(), context.dataset_from), ("acme/shop/1".to_owned(), Origin::Only));
        assert_eq!((context.settings.number, context.store_from), (1, Origin::Flag("--store")));
        assert!(told(&open(Some("acme/shop/2")).unwrap_err()).ends_with("there are: acme/shop/1"));
        put("lab/acme/shop/2");
        let error = open(None).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        assert!(told(&error).ends_with("name one with --dataset: acme/shop/1, lab/acme/shop/2"), "{}", told(&error));
        assert_eq!(open(Some(" lab/acme/shop/2")).unwrap().dataset_from, Origin::Flag("--dataset"));
    }

    #[test]
    fn who_named_what_is_wrong_is_said() {
        let error = Context::open(&args(None, None), &nothing()).unwrap_err();
        assert!(error.kind() == Kind::Usage && told(&error).contains("TREBUCHET_STORE"));
        let origin = Origin::Variable("TREBUCHET_STORE");
        let store = Some(Named { text: "/nowhere/at/all".to_owned(), origin });
        let error = Context::open(&args(None, None), &Settings { store, ..nothing() }).unwrap_err();
        assert!(told(&error).ends_with("it is named by TREBUCHET_STORE"), "{}", told(&error));
        let dataset = Some(Named { text: "a/../1".to_owned(), origin: Origin::Variable("TREBUCHET_DATASET") });
        let error = named_dataset(&args(None, None), &Settings { dataset, ..nothing() }).unwrap_err();
        assert!(told(&error).starts_with("TREBUCHET_DATASET: the application of the dataset can't be '..'"));
    }
}
