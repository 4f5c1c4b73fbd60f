//! The one place that resolves by which rules parameters are judged: from the defaults, the settings of a dataset, and
//! the command line.

use globset::{Glob, GlobMatcher};

use crate::domain::detector::{Attention, Direction, Method, Rules};
use crate::domain::zone::Zone;
use crate::error::{Error, Result};
use crate::store::settings::{DatasetSettings, Rule};

/// What is said of the parameters that match. A field that is `None` says nothing.
#[derive(Clone, Debug)]
pub struct AttentionRule {
    /// How it was written.
    pub text: String,
    /// The parameters.
    pub parameters: GlobMatcher,
    /// On which side deviations matter.
    pub direction: Option<Direction>,
    /// The smallest deviation that matters, in the unit of the values.
    pub least: Option<f64>,
    /// The smallest deviation that matters, as a share of the expected value.
    pub least_share: Option<f64>,
}

impl AttentionRule {
    /// A rule that says nothing of the parameters that match this pattern.
    ///
    /// # Errors
    /// When the pattern is none; the text says why.
    pub fn new(text: String, pattern: &str) -> Result<Self, String> {
        let glob = Glob::new(pattern).map_err(|cause| cause.kind().to_string())?;
        Ok(Self { text, parameters: glob.compile_matcher(), direction: None, least: None, least_share: None })
    }

    fn of_settings(rule: &Rule) -> Result<Self> {
        let pattern = &rule.parameters;
        let empty = Self::new(pattern.clone(), pattern)
            .map_err(|why| Error::usage(format!("the pattern '{}' can't be used: {why}", pattern.escape_debug())))?;
        let (direction, least, least_share) = (rule.direction, rule.least_change, rule.least_relative_change);
        Ok(Self { direction, least, least_share, ..empty })
    }
}

/// By which rules parameters are judged.
#[derive(Clone, Debug)]
pub struct RuleSet {
    /// The method that tells what is normal.
    pub method: Method,
    /// The surprise from which on a value is an exceedance.
    pub threshold: f64,
    /// The zone of the slots.
    pub zone: Zone,
    /// Which deviations matter. For each field the last rule counts that matches and says something of it.
    attention: Vec<AttentionRule>,
}

impl RuleSet {
    /// The rules of a method, by which every deviation matters.
    #[must_use]
    pub fn new(method: Method, zone: Zone) -> Self {
        Self { method, threshold: method.default_threshold(), zone, attention: Vec::new() }
    }

    /// The rules of a dataset.
    ///
    /// # Errors
    /// When its settings make no sense, or ask for what a store can't do.
    pub fn of_settings(settings: &DatasetSettings) -> Result<Self> {
        let method = settings.method()?;
        if method != Method::Adaptive2 {
            return Err(not_in_a_store(method).hint("new settings of the dataset may name another method"));
        }
        if let Some(budget) = settings.detection.budget {
            return Err(Error::usage(format!(
                "the settings of the dataset have detection.budget {budget}, from which no threshold of a store is made yet"
            ))
            .hint("set detection.threshold in its place; detect FILES --budget says what it would have to be"));
        }
        let rules = settings.detection.rules.iter().map(AttentionRule::of_settings).collect::<Result<_>>()?;
        let defaults = Self::new(method, settings.zone()?);
        Ok(defaults.overlaid(settings.detection.threshold, rules))
    }

    /// The same rules with others on top: each of those overrides its own field only.
    #[must_use]
    pub fn overlaid(mut self, threshold: Option<f64>, rules: Vec<AttentionRule>) -> Self {
        self.threshold = threshold.unwrap_or(self.threshold);
        self.attention.extend(rules);
        self
    }

    /// The rules for a parameter.
    #[must_use]
    pub fn of(&self, parameter: &str) -> Rules {
        let mut attention = Attention::default();
        for rule in self.attention.iter().filter(|rule| rule.parameters.is_match(parameter)) {
            attention.direction = rule.direction.unwrap_or(attention.direction);
            attention.least = rule.least.unwrap_or(attention.least);
            attention.least_share = rule.least_share.unwrap_or(attention.least_share);
        }
        Rules { threshold: self.threshold, zone: self.zone, attention }
    }
}

/// The error for a method whose results no store keeps.
#[must_use]
pub fn not_in_a_store(method: Method) -> Error {
    let needed = Method::Adaptive2.id();
    Error::usage(format!("stores need the method {needed}: {} is for files", method.id()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::settings::Detection;

    fn rule(pattern: &str) -> AttentionRule {
        AttentionRule::new(pattern.to_owned(), pattern).unwrap()
    }

    fn settings() -> DatasetSettings {
        let mut settings = DatasetSettings::default();
        let rule = |parameters: &str| Rule { parameters: parameters.to_owned(), ..Rule::default() };
        settings.detection.rules = vec![
            Rule { direction: Some(Direction::Above), least_change: Some(2.0), ..rule("cpu*") },
            Rule { direction: Some(Direction::Below), ..rule("cpu.idle") },
            Rule { least_relative_change: Some(0.5), ..rule("*") },
        ];
        settings.detection.threshold = Some(3.0);
        settings.timezone = "Europe/Zurich".to_owned();
        settings
    }

    #[test]
    fn the_last_rule_that_says_something_counts() {
        let rules = RuleSet::of_settings(&settings()).unwrap();
        let attention = |direction, least| Attention { direction, least, least_share: 0.5 };
        assert_eq!(rules.of("cpu").attention, attention(Direction::Above, 2.0));
        assert_eq!(rules.of("cpu.idle").attention, attention(Direction::Below, 2.0));
        assert_eq!(rules.of("disk").attention, attention(Direction::Both, 0.0));
        assert_eq!((rules.of("disk").threshold, rules.zone.name()), (3.0, "Europe/Zurich"));
    }

    #[test]
    fn what_is_laid_on_top_overrides_its_own_field_only() {
        let of = |rules: Vec<AttentionRule>, parameter: &str| {
            RuleSet::of_settings(&settings()).unwrap().overlaid(None, rules).of(parameter)
        };
        let expected = |direction, least, least_share| Attention { direction, least, least_share };
        let both = vec![AttentionRule { direction: Some(Direction::Both), ..rule("*") }];
        assert_eq!(of(both, "cpu").attention, expected(Direction::Both, 2.0, 0.5), "what is default overrides, too");
        let same = vec![AttentionRule { direction: Some(Direction::Below), ..rule("cpu.idle") }];
        assert_eq!(of(same, "cpu.idle").attention, expected(Direction::Below, 2.0, 0.5), "what is said twice");
        let amounts = vec![
            AttentionRule { least: Some(5.0), ..rule("cpu*") },
            AttentionRule { least_share: Some(0.1), ..rule("cpu.*") },
        ];
        assert_eq!(of(amounts.clone(), "cpu").attention, expected(Direction::Above, 5.0, 0.5));
        assert_eq!(of(amounts.clone(), "cpu.idle").attention, expected(Direction::Below, 5.0, 0.1));
        assert_eq!(of(amounts, "disk").attention, expected(Direction::Both, 0.0, 0.5));
        let files = RuleSet::new(Method::Classic, Zone::UTC).overlaid(Some(9.0), vec![rule("*")]);
        assert_eq!(files.of("x"), Rules::new(9.0, Zone::UTC));
    }

    #[test]
    fn what_a_store_can_not_do_is_refused() {
        let mut settings = settings();
        let budget = Detection { threshold: None, budget: Some(1.0), ..settings.detection.clone() };
        let refused = RuleSet::of_settings(&DatasetSettings { detection: budget, ..settings.clone() }).unwrap_err();
        assert!(
            refused.to_string().contains("detection.budget 1,") && refused.hints()[0].contains("detection.threshold")
        );
        settings.detection.method = "classic@1".to_owned();
        let refused = RuleSet::of_settings(&settings).unwrap_err();
        assert!(refused.to_string().starts_with("stores need the method adaptive@2"));
    }
}
