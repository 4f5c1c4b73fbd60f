//! `--direction` and `--min-change`: which deviations matter.

use crate::domain::detector::{Direction, checked_least};
use crate::domain::series::SeriesOutcome;
use crate::error::{Error, Result};
use crate::pipeline::rules::AttentionRule;
use crate::ui::Ui;

/// The rules of both flags, checked, in the order in which they were typed.
pub(super) fn checked(directions: &[String], amounts: &[String]) -> Result<Vec<AttentionRule>> {
    let directions = directions.iter().map(|typed| rule("--direction", typed, side));
    let amounts = amounts.iter().map(|typed| rule("--min-change", typed, amount));
    directions.chain(amounts).collect()
}

/// Puts what a value says into a rule, or says what it is not.
type Set = fn(&mut AttentionRule, &str) -> Result<(), String>;

fn rule(flag: &str, typed: &str, set: Set) -> Result<AttentionRule> {
    let wrong = |why: String| Error::usage(format!("{flag} can't be '{}': {why}", typed.escape_debug()));
    let (pattern, value) = typed.rsplit_once('=').unwrap_or(("*", typed));
    let mut rule = AttentionRule::new(format!("{flag} {typed}"), pattern).map_err(&wrong)?;
    set(&mut rule, value.trim()).map_err(|not| {
        let example = if flag == "--direction" { "above" } else { "5%" };
        wrong(format!("'{}' is {not}", value.escape_debug())).hint(format!("for example {flag} 'cpu*={example}'"))
    })?;
    Ok(rule)
}

fn side(rule: &mut AttentionRule, text: &str) -> Result<(), String> {
    let direction = text.parse::<Direction>().map_err(|not| not.to_string())?;
    rule.direction = Some(direction);
    Ok(())
}

fn amount(rule: &mut AttentionRule, text: &str) -> Result<(), String> {
    let number = |text: &str| text.trim().parse::<f64>().ok().and_then(|number| checked_least(number).ok());
    match text.strip_suffix('%') {
        Some(percent) => rule.least_share = number(percent).map(|percent| percent / 100.0),
        None => rule.least = number(text),
    }
    let is_number = rule.least.or(rule.least_share).is_some();
    if is_number { Ok(()) } else { Err("not a number or a percentage, 0 or more".to_owned()) }
}

/// Says which rules are about no parameter that there is: most likely the pattern is wrong.
pub(super) fn warn_of_idle<'a>(
    rules: &[AttentionRule],
    series: impl Iterator<Item = &'a SeriesOutcome> + Clone,
    ui: &Ui,
) {
    let is_idle = |rule: &&AttentionRule| !series.clone().any(|series| rule.parameters.is_match(&*series.parameter));
    for rule in rules.iter().filter(is_idle) {
        ui.warn(format_args!("{}: no parameter matches", rule.text.escape_debug()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_a_pattern_and_what_matters() {
        let checked = |directions: &[&str], amounts: &[&str]| {
            let owned = |all: &[&str]| all.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
            checked(&owned(directions), &owned(amounts))
        };
        let rules = checked(&["above", "cpu*=below"], &["5", "a=b=0.5%", "x = 1e3"]).unwrap();
        let what: Vec<_> = rules.iter().map(|rule| (rule.direction, rule.least, rule.least_share)).collect();
        let expected = [
            (Some(Direction::Above), None, None),
            (Some(Direction::Below), None, None),
            (None, Some(5.0), None),
            (None, None, Some(0.005)),
            (None, Some(1000.0), None),
        ];
        assert_eq!(what, expected);
        assert!(rules[0].parameters.is_match("any.thing/at all") && !rules[1].parameters.is_match("memory"));
        assert!(rules[3].parameters.is_match("a=b"));
        for (directions, amounts, said) in [
            (&["cpu=up"][..], &[][..], "--direction can't be 'cpu=up': 'up' is not above, below or both"),
            (&["[=above"], &[], "--direction can't be '[=above': "),
            (&[], &["-5"], "--min-change can't be '-5': '-5' is not a number or a percentage, 0 or more"),
            (&[], &["x=inf"], "--min-change can't be 'x=inf': "),
            (&[], &["%"], "--min-change can't be '%': "),
            (&[], &["cpu="], "--min-change can't be 'cpu=': "),
        ] {
            let error = checked(directions, amounts).unwrap_err();
            assert!(error.to_string().starts_with(said), "{error}");
        }
    }
}
