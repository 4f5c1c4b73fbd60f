//! What was asked for, and how it goes together with what the dataset says of its records.

use crate::cli::ingest::{IngestArgs, KindArg};
use crate::commands::reading;
use crate::domain::record::Kind;
use crate::domain::zone::Zone;
use crate::error::{Error, Result};
use crate::source::ReadOptions;
use crate::source::records::{self, Fields};
use crate::source::timestamp::TimeUnit;
use crate::store::settings::{DatasetSettings, Identity, Mapping, StoredSettings};

/// The settings of a dataset: those that it has, which flags may repeat but not contradict, or new ones.
pub(super) fn settings(args: &IngestArgs, stored: Option<&StoredSettings>) -> Result<DatasetSettings> {
    let mut settings = match stored {
        Some(stored) => stored.settings.clone(),
        None => DatasetSettings::default(),
    };
    let is_new = stored.is_none();
    let unit = args.time_unit.map(|unit| reading::time_unit(unit).name());
    let kind = args.kind.map(|kind| match kind {
        KindArg::Metric => Kind::Metric.name(),
        KindArg::Event => Kind::Event.name(),
        KindArg::Log => Kind::Log.name(),
    });
    let Mapping { time_field, time_unit, kind: the_kind, kind_field, parameter_field, value_field, name_field, .. } =
        &mut settings.mapping;
    set("--time-column", time_field, args.time_column.clone(), is_new)?;
    set("--time-unit", time_unit, unit.map(str::to_owned), is_new)?;
    set("--kind", the_kind, kind.map(str::to_owned), is_new)?;
    set("--kind-field", kind_field, args.kind_field.clone(), is_new)?;
    set("--parameter-column", parameter_field, args.parameter_column.clone(), is_new)?;
    set("--value-column", value_field, args.value_column.clone(), is_new)?;
    set("--name-field", name_field, args.name_field.clone(), is_new)?;
    if let Some(zone) = args.timezone {
        let mut text = Some(settings.timezone.clone());
        set("--timezone", &mut text, Some(zone.name().to_owned()), is_new)?;
        settings.timezone = text.unwrap_or_default();
    }
    if !args.parameter.is_empty() && args.parameter != settings.mapping.parameters {
        if !is_new {
            let has = settings.mapping.parameters.join(" and ");
            return Err(contradiction("--parameter", &args.parameter.join(" and "), &has));
        }
        settings.mapping.parameters.clone_from(&args.parameter);
    }
    if let Some(text) = &args.identity {
        let wanted = identity(text)?;
        if wanted != settings.identity {
            if !is_new {
                return Err(contradiction("--identity", text, &shown(&settings.identity)));
            }
            settings.identity = wanted;
        }
    }
    settings.check()?;
    Ok(settings)
}

fn set(flag: &str, setting: &mut Option<String>, given: Option<String>, is_new: bool) -> Result<()> {
    match given {
        Some(given) if setting.as_ref() != Some(&given) => {
            if !is_new {
                return Err(contradiction(flag, &given, setting.as_deref().unwrap_or_default()));
            }
            *setting = Some(given);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn contradiction(flag: &str, given: &str, has: &str) -> Error {
    let has = if has.is_empty() { "nothing of the kind".to_owned() } else { format!("'{}'", has.escape_debug()) };
    Error::usage(format!("{flag} '{}' contradicts the settings of the dataset, which say {has}", given.escape_debug()))
        .hint("leave the flag out, or ingest into another dataset: all its records are understood in the same way")
}

fn identity(text: &str) -> Result<Identity> {
    match text {
        "text" => Ok(Identity::Text),
        "position" => Ok(Identity::Position),
        "" | "field:" => Err(Error::usage("--identity names no field").hint("it is text, position, or a field's name")),
        field => Ok(Identity::Field(field.strip_prefix("field:").unwrap_or(field).to_owned())),
    }
}

fn shown(identity: &Identity) -> String {
    match identity {
        Identity::Text => "text".to_owned(),
        Identity::Position => "position".to_owned(),
        Identity::Field(field) => format!("field:{field}"),
    }
}

/// How files are read.
pub(super) fn read_options(args: &IngestArgs, settings: &DatasetSettings) -> Result<ReadOptions> {
    Ok(ReadOptions {
        time_column: settings.mapping.time_field.clone(),
        parameter_column: settings.mapping.parameter_field.clone(),
        value_column: settings.mapping.value_field.clone(),
        time_unit: settings.mapping.time_unit.as_deref().and_then(TimeUnit::parse),
        zone: Zone::parse(&settings.timezone).unwrap_or(Zone::UTC),
        ..reading::options(&args.reading)?
    })
}

/// How records are understood.
pub(super) fn mapping(settings: &DatasetSettings) -> Result<records::Mapping> {
    Ok(records::Mapping {
        kind: settings.mapping.kind.as_deref().and_then(Kind::parse),
        kind_field: settings.mapping.kind_field.clone(),
        fields: Fields::new(&settings.mapping.parameters)?,
        name_field: settings.mapping.name_field.clone(),
        identity: match &settings.identity {
            Identity::Text => records::Identity::Text,
            Identity::Position => records::Identity::Position,
            Identity::Field(field) => records::Identity::Field(field.clone()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_have_names() {
        for text in ["text", "position", "field:id", "field:text"] {
            assert_eq!(shown(&identity(text).unwrap()), text);
        }
        assert_eq!(identity("id").unwrap(), Identity::Field("id".to_owned()));
        assert!(identity("").is_err());
    }
}
