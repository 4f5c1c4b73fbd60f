//! `--direction` and `--min-change`: which deviations matter.

use globset::Glob;

use crate::domain::detector::Direction;
use crate::error::{Error, Result};
use crate::pipeline::files::UnitOutcome;
use crate::pipeline::rules::{What, Wish};
use crate::ui::Ui;

/// The wishes of both flags, checked.
pub(super) fn checked(directions: &[String], amounts: &[String]) -> Result<Vec<Wish>> {
    let directions = directions.iter().map(|typed| wish("--direction", typed, side));
    let amounts = amounts.iter().map(|typed| wish("--min-change", typed, amount));
    directions.chain(amounts).collect()
}

fn wish(flag: &str, typed: &str, what: fn(&str) -> Result<What, &'static str>) -> Result<Wish> {
    let wrong = |why: String| Error::usage(format!("{flag} can't be '{}': {why}", typed.escape_debug()));
    let (glob, value) = typed.rsplit_once('=').unwrap_or(("*", typed));
    let what = what(value.trim()).map_err(|allowed| {
        let message = format!("'{}' is {allowed}", value.escape_debug());
        wrong(message).hint(format!("for example {flag} 'cpu*={}'", if flag == "--direction" { "above" } else { "5%" }))
    })?;
    let glob = Glob::new(glob).map_err(|error| wrong(error.kind().to_string()))?;
    Ok(Wish { typed: format!("{flag} {typed}"), parameters: glob.compile_matcher(), what })
}

fn side(text: &str) -> Result<What, &'static str> {
    match text {
        "above" => Ok(What::Side(Direction::Above)),
        "below" => Ok(What::Side(Direction::Below)),
        "both" => Ok(What::Side(Direction::Both)),
        _ => Err("not above, below or both"),
    }
}

fn amount(text: &str) -> Result<What, &'static str> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    let what = match text.strip_suffix('%') {
        Some(percent) => number(percent).map(|percent| What::Share(percent / 100.0)),
        None => number(text).map(What::Amount),
    };
    what.ok_or("not a number or a percentage, 0 or more")
}

/// Says which wishes are about no parameter that there is: most likely the pattern is wrong.
pub(super) fn warn_of_idle(wishes: &[Wish], outcomes: &[UnitOutcome], ui: &Ui) {
    let series = || outcomes.iter().flat_map(|outcome| &outcome.series);
    for wish in wishes.iter().filter(|wish| !series().any(|series| wish.parameters.is_match(&*series.parameter))) {
        ui.warn(format_args!("{}: no parameter matches", wish.typed.escape_debug()));
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
        let wishes = checked(&["above", "cpu*=below"], &["5", "a=b=0.5%", "x = 1e3"]).unwrap();
        let what: Vec<What> = wishes.iter().map(|wish| wish.what).collect();
        let expected = [
            What::Side(Direction::Above),
            What::Side(Direction::Below),
            What::Amount(5.0),
            What::Share(0.005),
            What::Amount(1000.0),
        ];
        assert_eq!(what, expected);
        assert!(wishes[0].parameters.is_match("any.thing/at all") && !wishes[1].parameters.is_match("memory"));
        assert!(wishes[3].parameters.is_match("a=b"));
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
