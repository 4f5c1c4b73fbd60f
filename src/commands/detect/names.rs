//! What people know a series by: as short as it is unambiguous.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::pipeline::files::UnitOutcome;

/// The short names of files.
pub(super) struct Names {
    short: BTreeMap<String, String>,
    several_files: bool,
}

impl Names {
    /// The names of the files in which something was measured; `found_in_folder` are those that were not named.
    pub fn of(outcomes: &[UnitOutcome], found_in_folder: &BTreeSet<String>) -> Self {
        let labels = outcomes.iter().filter(|outcome| !outcome.series.is_empty()).map(|outcome| outcome.label.as_str());
        let labels: Vec<(&str, bool)> = labels.map(|label| (label, found_in_folder.contains(label))).collect();
        Self { several_files: labels.len() > 1, short: shortened(&labels) }
    }

    /// The name of a parameter of a file: the file says nothing where there is only one, and the parameter says nothing
    /// where it is called `value` and is the only one.
    pub fn of_series(&self, file: &Arc<str>, parameter: &Arc<str>, several_series: bool) -> Arc<str> {
        let short = self.short.get(&**file).map_or(&**file, String::as_str);
        match (self.several_files, &**parameter == "value" && !several_series) {
            (_, true) => short.into(),
            (false, false) => Arc::clone(parameter),
            (true, false) => format!("{short}: {parameter}").into(),
        }
    }
}

/// File names without their folders, unless two would then be the same; files of a folder keep their path in it.
fn shortened(labels: &[(&str, bool)]) -> BTreeMap<String, String> {
    let name = |label: &str, from_folder: bool| match Path::new(label).file_name() {
        Some(name) if !from_folder => name.to_string_lossy().into_owned(),
        _ => label.to_owned(),
    };
    let short: Vec<String> = labels.iter().map(|&(label, from_folder)| name(label, from_folder)).collect();
    let unambiguous = short.iter().collect::<BTreeSet<_>>().len() == short.len();
    let pairs = labels.iter().zip(&short);
    pairs
        .map(|((label, _), short)| ((*label).to_owned(), if unambiguous { short } else { *label }.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(labels: &[(&str, bool)]) -> Vec<String> {
        let short = shortened(labels);
        labels.iter().map(|(label, _)| short[*label].clone()).collect()
    }

    #[test]
    fn folders_are_left_out_where_the_name_is_enough() {
        assert_eq!(names(&[("/data/2024/cpu.csv", false)]), ["cpu.csv"]);
        assert_eq!(names(&[("a/x.csv", false), ("b/y.csv", false)]), ["x.csv", "y.csv"]);
        assert_eq!(names(&[("a/x.csv", false), ("b/x.csv", false)]), ["a/x.csv", "b/x.csv"]);
        assert_eq!(names(&[("real/x.csv", true), ("y.csv", true)]), ["real/x.csv", "y.csv"]);
    }
}
