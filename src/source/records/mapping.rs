//! What people say about the meaning of their records.

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::domain::record::Kind;
use crate::error::{Error, Result};
use crate::source::ReadOptions;
use crate::source::json::extract::Rules;

/// How records are to be understood, beyond what [`ReadOptions`] say of times, parameters and values. Fields are
/// dotted paths, as in the names of parameters.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// The kind of all records, whatever they say.
    pub kind: Option<Kind>,
    /// The field that tells the kind (`metric`, `event` or `log`); `kind` where nothing is said.
    pub kind_field: Option<String>,
    /// Which fields are parameters; where nothing is said, all numbers.
    pub fields: Fields,
    /// The field whose value, and a dot, come before the names of the record's parameters: `web1` makes `web1.cpu` of
    /// `cpu`.
    pub name_field: Option<String>,
    /// When two records are the same.
    pub identity: Identity,
}

/// When two records are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Identity {
    /// When they say the same.
    #[default]
    Text,
    /// When they also come from the same place of the same source: equal texts may tell of different things.
    Position,
    /// When this field holds the same text or whole number; records without it, when they say the same.
    Field(String),
}

/// Patterns of fields; without any, all fields match.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    patterns: Vec<String>,
    set: GlobSet,
}

impl Fields {
    /// Fields that match any of these patterns: `*` stands for any part of a path, `?` for any character.
    ///
    /// # Errors
    /// When a pattern is invalid.
    pub fn new(patterns: &[String]) -> Result<Self> {
        let wrong = |cause: &globset::Error| {
            Error::usage(format!("the pattern of fields is invalid: {cause}"))
                .hint("* stands for any part of a field's path, [*] for a star")
        };
        let mut builder = GlobSetBuilder::new();
        for pattern in patterns {
            builder.add(Glob::new(pattern).map_err(|cause| wrong(&cause))?);
        }
        let set = builder.build().map_err(|cause| wrong(&cause))?;
        Ok(Self { patterns: patterns.to_vec(), set })
    }

    /// The patterns, as they were given.
    #[must_use]
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether a field is a parameter.
    #[must_use]
    pub fn contain(&self, field: &str) -> bool {
        self.patterns.is_empty() || self.set.is_match(field)
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.patterns == other.patterns
    }
}

impl Mapping {
    /// The rules that options and mapping make together.
    pub(super) fn rules(&self, options: &ReadOptions) -> Rules {
        let mut rules = Rules::new(options);
        rules.kind = self.kind;
        rules.roles.kind.clone_from(&self.kind_field);
        rules.roles.part.clone_from(&self.name_field);
        if let Identity::Field(field) = &self.identity {
            rules.roles.identity = Some(field.clone());
        }
        rules
    }
}
