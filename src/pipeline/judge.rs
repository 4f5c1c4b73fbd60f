//! How the settings of a dataset judge its parameters.

use globset::{Glob, GlobMatcher};

use crate::domain::detector::{Attention, Direction, Method, Rules};
use crate::domain::monitor::NoState;
use crate::domain::zone::Zone;
use crate::error::{Error, Result};
use crate::store::settings::{self, DatasetSettings, Rule};

/// The method of a dataset, and the rules of its parameters.
#[derive(Clone, Debug)]
pub struct Judge {
    /// How to tell what is normal.
    pub method: Method,
    /// The surprise from which on a value is abnormal.
    pub threshold: f64,
    /// The zone of the slots.
    pub zone: Zone,
    rules: Vec<(GlobMatcher, Rule)>,
}

impl Judge {
    /// Judges by these settings.
    ///
    /// # Errors
    /// When they make no sense, or the method has no state that a store can keep.
    pub fn new(settings: &DatasetSettings) -> Result<Self> {
        let method = settings.method()?;
        if method != Method::Adaptive2 {
            return Err(Error::usage(NoState::Method(method).to_string())
                .hint("detect FILES works with every method; new settings of the dataset may name another"));
        }
        if let Some(budget) = settings.detection.budget {
            return Err(Error::usage(format!(
                "the settings of the dataset have detection.budget {budget}, from which no threshold of a store is made yet"
            ))
            .hint("set detection.threshold in its place; detect FILES --budget says what it would have to be"));
        }
        let rules = settings.detection.rules.iter().map(|rule| {
            let glob = Glob::new(&rule.parameters).map_err(|cause| {
                Error::usage(format!(
                    "the pattern '{}' can't be used: {}",
                    rule.parameters.escape_debug(),
                    cause.kind()
                ))
            })?;
            Ok((glob.compile_matcher(), rule.clone()))
        });
        let threshold = settings.detection.threshold.unwrap_or(method.default_threshold());
        Ok(Self { method, threshold, zone: settings.zone()?, rules: rules.collect::<Result<_>>()? })
    }

    /// The rules for a parameter.
    #[must_use]
    pub fn rules(&self, parameter: &str) -> Rules {
        let mut attention = Attention::default();
        for (_, rule) in self.rules.iter().filter(|(glob, _)| glob.is_match(parameter)) {
            attention.direction = rule.direction.map_or(attention.direction, |direction| match direction {
                settings::Direction::Both => Direction::Both,
                settings::Direction::Up => Direction::Above,
                settings::Direction::Down => Direction::Below,
            });
            attention.least = rule.least_change.unwrap_or(attention.least);
            attention.least_share = rule.least_relative_change.unwrap_or(attention.least_share);
        }
        Rules { threshold: self.threshold, zone: self.zone, attention }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::settings::Detection;

    #[test]
    fn the_last_rule_that_says_something_counts() {
        let mut settings = DatasetSettings::default();
        let rule = |parameters: &str| Rule { parameters: parameters.to_owned(), ..Rule::default() };
        settings.detection.rules = vec![
            Rule { direction: Some(settings::Direction::Up), least_change: Some(2.0), ..rule("cpu*") },
            Rule { direction: Some(settings::Direction::Down), ..rule("cpu.idle") },
            Rule { least_relative_change: Some(0.5), ..rule("*") },
        ];
        settings.detection.threshold = Some(3.0);
        settings.timezone = "Europe/Zurich".to_owned();
        let judge = Judge::new(&settings).unwrap();
        let attention = |direction, least| Attention { direction, least, least_share: 0.5 };
        assert_eq!(judge.rules("cpu").attention, attention(Direction::Above, 2.0));
        assert_eq!(judge.rules("cpu.idle").attention, attention(Direction::Below, 2.0));
        assert_eq!(judge.rules("disk").attention, attention(Direction::Both, 0.0));
        assert_eq!((judge.rules("disk").threshold, judge.zone.name()), (3.0, "Europe/Zurich"));
        let budget = Detection { threshold: None, budget: Some(1.0), ..settings.detection.clone() };
        let refused = Judge::new(&DatasetSettings { detection: budget, ..settings.clone() }).unwrap_err();
        assert!(
            refused.to_string().contains("detection.budget 1,") && refused.hints()[0].contains("detection.threshold")
        );
        settings.detection.method = "classic@1".to_owned();
        assert!(Judge::new(&settings).unwrap_err().to_string().starts_with("stores need the method adaptive@2"));
    }
}
