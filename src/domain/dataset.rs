//! Datasets: project / customer / application / application version.

use std::fmt;
use std::str::FromStr;

/// The project of a dataset that names none.
pub const DEFAULT_PROJECT: &str = "analytics";

/// The most characters that a key may have.
const LONGEST: usize = 64;

/// How many keys a dataset has.
const KEYS: usize = 4;

/// What the keys are called, in their order.
const NAMES: [&str; KEYS] = ["project", "customer", "application", "version"];

/// The measurements that belong together: those of one version of an application of a customer.
///
/// Its keys are of `[A-Za-z0-9._-]`, at most 64 characters, and neither `.` nor `..`, so that they are safe as names of
/// folders, as partition values and in SQL. Written `acme/shop/2.1`, or with its project `lab/acme/shop/2.1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dataset([String; KEYS]);

/// Why a text is no dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetFault(String);

impl Dataset {
    /// A dataset of these keys.
    ///
    /// # Errors
    /// When one of them is not allowed.
    pub fn new(project: &str, customer: &str, application: &str, version: &str) -> Result<Self, DatasetFault> {
        let keys = [project, customer, application, version];
        for (name, key) in NAMES.into_iter().zip(keys) {
            check(name, key)?;
        }
        Ok(Self(keys.map(str::to_owned)))
    }

    /// What the analyses belong to.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.0[0]
    }

    /// Whose application it is.
    #[must_use]
    pub fn customer(&self) -> &str {
        &self.0[1]
    }

    /// The application.
    #[must_use]
    pub fn application(&self) -> &str {
        &self.0[2]
    }

    /// The version of the application.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.0[3]
    }
}

impl FromStr for Dataset {
    type Err = DatasetFault;

    fn from_str(text: &str) -> Result<Self, DatasetFault> {
        match *text.split('/').collect::<Vec<_>>() {
            [customer, application, version] => Self::new(DEFAULT_PROJECT, customer, application, version),
            [project, customer, application, version] => Self::new(project, customer, application, version),
            _ => Err(DatasetFault(format!(
                "a dataset is customer/application/version or project/customer/application/version, not '{}'",
                shown(text)
            ))),
        }
    }
}

/// The shortest form that reads back: without the project where that is the usual one.
impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [project, customer, application, version] = &self.0;
        if project != DEFAULT_PROJECT {
            write!(f, "{project}/")?;
        }
        write!(f, "{customer}/{application}/{version}")
    }
}

impl fmt::Display for DatasetFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DatasetFault {}

fn check(name: &str, key: &str) -> Result<(), DatasetFault> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    let fault = if key.is_empty() {
        format!("the {name} of the dataset is empty")
    } else if let Some(letter) = key.chars().find(|letter| !allowed(*letter)) {
        let letter = letter.escape_debug();
        format!(
            "the {name} '{}' of the dataset has a '{letter}'; letters, digits, '.', '_' and '-' are allowed",
            shown(key)
        )
    } else if key.len() > LONGEST {
        format!(
            "the {name} '{}' of the dataset has {} characters; at most {LONGEST} are allowed",
            shown(key),
            key.len()
        )
    } else if key == "." || key == ".." {
        format!("the {name} of the dataset can't be '{key}'")
    } else {
        return Ok(());
    };
    Err(DatasetFault(fault))
}

/// A bad value for a message: escaped, and cut where it is long.
fn shown(text: &str) -> String {
    const MOST: usize = 100;
    let mut shown: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(text: &str) -> String {
        text.parse::<Dataset>().unwrap_err().to_string()
    }

    #[test]
    fn the_project_has_a_default() {
        let dataset: Dataset = "acme/shop/2.1".parse().unwrap();
        let keys = [dataset.project(), dataset.customer(), dataset.application(), dataset.version()];
        assert_eq!(keys, ["analytics", "acme", "shop", "2.1"]);
        assert_eq!(dataset.to_string(), "acme/shop/2.1");
        assert_eq!("analytics/acme/shop/2.1".parse(), Ok(dataset));
        assert_eq!("lab/acme/shop/2.1".parse::<Dataset>().unwrap().to_string(), "lab/acme/shop/2.1");
    }

    #[test]
    fn faults_show_the_bad_value() {
        assert_eq!(
            fault("acme/shop"),
            "a dataset is customer/application/version or project/customer/application/version, not 'acme/shop'"
        );
        assert_eq!(fault("acme//1"), "the application of the dataset is empty");
        assert_eq!(fault("acme/shop/.."), "the version of the dataset can't be '..'");
        assert_eq!(fault("../shop/1"), "the customer of the dataset can't be '..'");
        for bad in ["a=b", "50%", "a b", "🔥", "é", "a\\b", "a\nb", "a\0"] {
            let fault = fault(&format!("acme/{bad}/1"));
            assert!(fault.starts_with("the application '") && fault.contains("' of the dataset has a '"), "{fault}");
            assert!(!fault.contains(['\n', '\0']));
        }
        let long = "x".repeat(300);
        let fault = fault(&format!("{long}/shop/1"));
        assert!(fault.ends_with("…' of the dataset has 300 characters; at most 64 are allowed"), "{fault}");
        assert!(format!("{}/a/b", "x".repeat(LONGEST)).parse::<Dataset>().is_ok());
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(keys in prop::array::uniform4("[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")) {
            let dataset = Dataset::new(&keys[0], &keys[1], &keys[2], &keys[3]).unwrap();
            prop_assert_eq!(dataset.to_string().parse::<Dataset>().unwrap(), dataset);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            if let Ok(dataset) = text.parse::<Dataset>() {
                prop_assert!(dataset.0.iter().all(|key| !key.contains('/') && key != ".."));
            }
        }
    }
}
