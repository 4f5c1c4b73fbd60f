//! Where records go.

use crate::cli::ingest::{IngestArgs, LayoutArg};
use crate::commands::context::{named_dataset, only_dataset, store_place};
use crate::domain::dataset::Dataset;
use crate::error::{Error, Result};
use crate::s3::Access;
use crate::settings::{Named, Settings};
use crate::source::input::Input;
use crate::store::Store;
use crate::store::layout::{Layout, MARKER};
use crate::store::marker::Keeping;
use crate::store::place::Place;
use crate::store::settings::{DatasetSettings, Next, StoredSettings, newest, put_next};

/// A store that is there or will be made, and a dataset that is there or will begin.
pub(super) struct Target {
    /// Where the store is.
    pub place: Named,
    /// The store, if it is there.
    pub store: Option<Store>,
    /// The dataset.
    pub dataset: Dataset,
    /// Its settings, if it has any.
    pub stored: Option<StoredSettings>,
}

impl Target {
    /// The inputs but for what the store itself has where it lies in a folder of them.
    ///
    /// # Errors
    /// When one that is named lies in the store, or nothing is left.
    pub fn outside(&self, mut inputs: Vec<Input>) -> Result<Vec<Input>> {
        let Place::Folder(root) = Place::parse(&self.place.text)? else { return Ok(inputs) };
        let Ok(root) = root.canonicalize() else { return Ok(inputs) }; // it is not there yet
        if !root.join(MARKER).exists() {
            return Ok(inputs);
        }
        let is_inside = |input: &Input| input.path.canonicalize().is_ok_and(|path| path.starts_with(&root));
        inputs.retain(|input| !(input.from_directory && is_inside(input)));
        match inputs.iter().find(|input| is_inside(input)) {
            Some(input) => Err(Error::usage(format!("{} lies in the store itself", input.label))
                .hint("its records are there already; name files outside of the store")),
            None if inputs.is_empty() => {
                Err(Error::usage("there is nothing but the store itself").hint("name files outside of the store"))
            }
            None => Ok(inputs),
        }
    }

    /// Finds store and dataset.
    pub fn find(args: &IngestArgs, settings: &Settings) -> Result<Self> {
        let place = store_place(&args.store, settings)?;
        let parsed = Place::parse(&place.text)?;
        // A new store is made when everything has been read; what is there already must be sound now.
        let will_be_made = args.init && !Store::is_there(&parsed, &settings.access)?;
        let store = if will_be_made { None } else { Some(Store::open_with(&parsed, &settings.access)?) };
        if let (Some(store), Some(layout)) = (&store, args.layout.map(layout_of))
            && store.layout() != layout
        {
            let message = format!(
                "{} is a store of layout {} already, not {}",
                store.place(),
                store.layout().name(),
                layout.name()
            );
            return Err(Error::usage(message).hint("a store keeps its layout; make another one"));
        }
        let wanted = keeping(args);
        if let Some(store) = store.as_ref().filter(|store| !wanted.says_nothing() && *store.keeping() != wanted) {
            let message = format!("{} is encrypted, or keeps raw, in another way already", store.place());
            return Err(Error::usage(message).hint("a store stays as it was made; make another one"));
        }
        let dataset = match (named_dataset(&args.store, settings)?, &store) {
            (Some((named, _)), _) => named,
            (None, Some(store)) if !store.datasets()?.is_empty() => only_dataset(store)?,
            (None, _) => {
                return Err(Error::usage("which dataset are the records of?")
                    .hint("name it: --dataset CUSTOMER/APPLICATION/VERSION, such as --dataset acme/shop/2.1"));
            }
        };
        let stored = store.as_ref().map(|store| newest(store, &dataset)).transpose()?.flatten();
        Ok(Self { place, store, dataset, stored })
    }

    /// The store, made if it must be, with the settings of the dataset.
    pub fn ready(
        &self,
        args: &IngestArgs,
        wanted: &DatasetSettings,
        access: &Access,
    ) -> Result<(Store, StoredSettings)> {
        let store = match &self.store {
            Some(store) => store.clone(),
            None => {
                let layout = args.layout.map_or(Layout::Compact, layout_of);
                Store::init_with(&Place::parse(&self.place.text)?, layout, &keeping(args), access)?
            }
        };
        if let Some(stored) = &self.stored {
            return Ok((store, stored.clone()));
        }
        match put_next(&store, &self.dataset, 0, wanted.clone())? {
            Next::Stored(stored) => Ok((store, stored)),
            // Others were faster, and perhaps say the same.
            Next::Overtaken(stored) if stored.settings == *wanted => Ok((store, stored)),
            Next::Overtaken(_) => {
                let message = format!("someone else has begun {} with other settings in the meantime", self.dataset);
                Err(Error::failed(message).hint("run the command again"))
            }
        }
    }
}

fn keeping(args: &IngestArgs) -> Keeping {
    Keeping {
        encryption: args.encryption.map(|encryption| encryption.name().to_owned()),
        kms_key: args.kms_key.clone(),
        raw_storage_class: args.raw_storage_class.clone(),
    }
}

fn layout_of(layout: LayoutArg) -> Layout {
    match layout {
        LayoutArg::Compact => Layout::Compact,
        LayoutArg::Full => Layout::Full,
    }
}
