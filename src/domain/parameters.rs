//! Names of parameters as numbers, looked up without allocating anything.

use std::collections::HashMap;
use std::sync::Arc;

use super::measurement::Aggregation;

/// What measurements are of: a parameter, and how its values come to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Parameter {
    /// The name.
    pub name: Arc<str>,
    /// Whether its values are measured or counted.
    pub aggregation: Aggregation,
}

/// Which series it is: a parameter of a dataset, or of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesId {
    /// The dataset as it is written (`acme/shop/2.1`), or the file as the user named it.
    pub source: Arc<str>,
    /// The parameter.
    pub parameter: Parameter,
}

/// Parameters, numbered in the order of their first appearance.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    all: Vec<Parameter>,
    measured: HashMap<Arc<str>, u32>,
    counted: HashMap<Arc<str>, u32>,
    /// Records mostly look like the one before: what came after each parameter the last time.
    after: Vec<u32>,
    previous: u32,
}

impl PartialEq for Parameters {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Parameters {
    /// The number of a parameter, which it gets now if it is new.
    pub fn number(&mut self, name: &str, aggregation: Aggregation) -> u32 {
        let guess = self.after.get(self.previous as usize).copied().unwrap_or(0);
        let expected = self.all.get(guess as usize);
        if expected.is_some_and(|expected| *expected.name == *name && expected.aggregation == aggregation) {
            self.previous = guess;
            return guess;
        }
        let number = match self.index(aggregation).get(name) {
            Some(number) => *number,
            None => self.add(name.into(), aggregation),
        };
        self.follow(number)
    }

    /// The number of a parameter whose name is already shared, which it gets now if it is new.
    pub fn number_of(&mut self, parameter: &Parameter) -> u32 {
        match self.index(parameter.aggregation).get(&parameter.name) {
            Some(number) => *number,
            None => self.add(Arc::clone(&parameter.name), parameter.aggregation),
        }
    }

    fn index(&mut self, aggregation: Aggregation) -> &mut HashMap<Arc<str>, u32> {
        match aggregation {
            Aggregation::None => &mut self.measured,
            Aggregation::Count => &mut self.counted,
        }
    }

    #[cold]
    fn add(&mut self, name: Arc<str>, aggregation: Aggregation) -> u32 {
        let number = self.all.len() as u32;
        self.index(aggregation).insert(Arc::clone(&name), number);
        self.all.push(Parameter { name, aggregation });
        self.after.push(0);
        number
    }

    fn follow(&mut self, number: u32) -> u32 {
        self.after[self.previous as usize] = number;
        self.previous = number;
        number
    }

    /// All of them, each at its number.
    #[must_use]
    pub fn all(&self) -> &[Parameter] {
        &self.all
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_keeps_its_number_whatever_comes_between() {
        let mut parameters = Parameters::default();
        let mut number = |name: &str| parameters.number(name, Aggregation::None);
        assert_eq!(["a", "b", "c"].map(&mut number), [0, 1, 2]);
        assert_eq!(["a", "b", "c"].map(&mut number), [0, 1, 2]);
        assert_eq!(["c", "c", "a", "d", "b"].map(&mut number), [2, 2, 0, 3, 1]);
        assert_eq!(parameters.number("a", Aggregation::Count), 4);
        assert_eq!(parameters.number("a", Aggregation::None), 0);
        let names: Vec<&str> = parameters.all().iter().map(|parameter| &*parameter.name).collect();
        assert_eq!(names, ["a", "b", "c", "d", "a"]);
        assert_eq!(parameters.number_of(&parameters.all()[4].clone()), 4);
        assert_eq!((parameters.len(), parameters.is_empty()), (5, false));
    }
}
