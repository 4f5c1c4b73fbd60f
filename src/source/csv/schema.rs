//! What the columns of a CSV file are: decided by the header and the first rows, before anything is read.

use super::rows::{Row, Rows};
use crate::error::{Error, Result};
use crate::source::ReadOptions;
use crate::source::excerpt::{excerpt, name};
use crate::source::input::edits;
use crate::source::names::{LABEL, PARAMETER, TIME, VALUE, is_one_of};
use crate::source::number::{Number, number};
use crate::source::timestamp::{TimeFault, TimeReader, is_time_of_day};

/// How many rows are looked at.
const SAMPLE: usize = 1000;

/// Epoch numbers below this, in 1973, are more likely something else.
const PLAUSIBLE: f64 = 1e8;

/// The columns and their roles.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// All names; where one occurs again it is followed by `#2`, and an empty one is `column3`.
    pub columns: Vec<String>,
    /// The column of event times.
    pub time: usize,
    /// Where parameters and values are.
    pub shape: Shape,
    /// The column that says, by 0 and 1, which rows are anomalous.
    pub label: Option<usize>,
    /// The names of the columns that are not read, for a note.
    pub ignored: Vec<String>,
    /// What separates fields.
    pub delimiter: u8,
    /// Whether the first row holds names.
    pub header: bool,
}

/// Where parameters and values are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Each of these columns is a parameter.
    Wide(Vec<usize>),
    /// A column names the parameter, another has the value.
    Long {
        /// The column of names.
        parameter: usize,
        /// The column of values.
        value: usize,
    },
}

/// The first rows, by column.
struct Sample {
    rows: Vec<Vec<Vec<u8>>>,
    delimiter: u8,
    reader: TimeReader,
}

impl Schema {
    /// Decides by the first rows of a file.
    ///
    /// # Errors
    /// When there is no time, or nothing to measure, or more than one way to see it.
    pub fn of(label: &str, text: &[u8], options: &ReadOptions) -> Result<Self> {
        let reader = TimeReader::new(options.zone, options.time_unit);
        let delimiter = options.delimiter.unwrap_or_else(|| sniff(text, &reader));
        let mut sample = Sample { rows: first_rows(text, delimiter, SAMPLE), delimiter, reader };
        let Some(first) = sample.rows.first().cloned() else {
            return Err(Error::failed(format!("{label}: the file is empty")).hint("check what should have written it"));
        };
        let header = !sample.is_data(&first);
        let columns = if header { names(&first) } else { Vec::new() };
        let columns = if header { columns } else { sample.made_up_names(&first) };
        if header {
            sample.rows.remove(0);
            sample.rows.retain(|row| *row != first);
        }
        if sample.rows.is_empty() {
            let error = Error::failed(format!("{label}: the file has a header but no rows"));
            return Err(if first.iter().any(|cell| cell.contains(&b'\r')) {
                error.hint("its lines end with carriage returns alone; make them newlines: tr '\\r' '\\n'")
            } else {
                error.hint("check what should have written it")
            });
        }
        let time = sample.time(label, &columns, options)?;
        let label_column = (0..columns.len())
            .find(|i| *i != time && is_one_of(&columns[*i], LABEL) && sample.all(*i, |cell| truth(cell).is_some()));
        let others: Vec<usize> = (0..columns.len()).filter(|i| *i != time && Some(*i) != label_column).collect();
        let shape = sample.shape(label, &columns, &others, options)?;
        let used = |i: &usize| match &shape {
            Shape::Wide(values) => values.contains(i),
            Shape::Long { parameter, value } => i == parameter || i == value,
        };
        let ignored = others.iter().filter(|i| !used(i)).map(|i| name(&columns[*i])).collect();
        Ok(Self { time, label: label_column, ignored, delimiter, header, shape, columns })
    }
}

/// Reads a label: 1 and true are anomalous.
#[must_use]
pub fn truth(cell: &[u8]) -> Option<bool> {
    match cell.trim_ascii() {
        b"1" | b"1.0" => Some(true),
        b"0" | b"0.0" => Some(false),
        word if word.eq_ignore_ascii_case(b"true") => Some(true),
        word if word.eq_ignore_ascii_case(b"false") => Some(false),
        _ => None,
    }
}

impl Sample {
    fn cell(&self, row: usize, column: usize) -> &[u8] {
        self.rows[row].get(column).map_or(&[], Vec::as_slice)
    }

    /// Whether the column has values, all of which pass the test.
    fn all(&self, column: usize, test: impl Fn(&[u8]) -> bool) -> bool {
        let (passed, all) = self.count(column, |_, cell| test(cell));
        all > 0 && passed == all
    }

    /// How many values of the column pass the test, and how many there are.
    fn count(&self, column: usize, mut test: impl FnMut(&mut TimeReader, &[u8]) -> bool) -> (usize, usize) {
        let mut reader = self.reader.clone();
        let cells = (0..self.rows.len()).map(|row| self.cell(row, column));
        let cells = cells.filter(|cell| number(cell, false) != Number::Missing);
        cells.fold((0, 0), |(passed, all), cell| (passed + usize::from(test(&mut reader, cell)), all + 1))
    }

    /// Whether a first row is data: a time and a number.
    fn is_data(&self, row: &[Vec<u8>]) -> bool {
        let mut reader = self.reader.clone();
        let textual = row.iter().position(|cell| reader.read_textual(cell).is_ok());
        let epoch = || row.first().filter(|cell| is_epoch(&reader, cell)).map(|_| 0);
        let Some(time) = textual.or_else(epoch) else { return false };
        row.iter().enumerate().any(|(i, cell)| {
            i != time && matches!(number(cell, self.delimiter == b';'), Number::Value(_) | Number::Missing)
        })
    }

    /// Names for the columns of a file without a header: `time`, and `value` or `value1`, `value2`…
    fn made_up_names(&self, row: &[Vec<u8>]) -> Vec<String> {
        let mut reader = self.reader.clone();
        let time = row.iter().position(|cell| reader.read_textual(cell).is_ok()).unwrap_or(0);
        let mut values = 0;
        let name = |i| {
            if i == time {
                return "time".into();
            }
            values += 1;
            if row.len() == 2 { "value".into() } else { format!("value{values}") }
        };
        (0..row.len()).map(name).collect()
    }

    /// Whether most of the column can be read as times.
    fn holds_times(&self, column: usize) -> bool {
        let (times, all) = self.count(column, |reader, cell| reader.read(cell).is_ok());
        all > 0 && times * 2 >= all
    }

    fn time(&self, label: &str, columns: &[String], options: &ReadOptions) -> Result<usize> {
        if let Some(wanted) = &options.time_column {
            return named(label, columns, wanted, "--time-column");
        }
        let called: Vec<usize> = (0..columns.len()).filter(|i| is_one_of(&columns[*i], TIME)).collect();
        let mut found: Vec<usize> = called.iter().copied().filter(|i| self.holds_times(*i)).collect();
        if found.len() > 1 {
            // a column "time" beside a timestamp may be how long something took
            let plausible = |column: &usize| {
                let is_time =
                    |reader: &mut TimeReader, cell: &[u8]| reader.read_textual(cell).is_ok() || is_epoch(reader, cell);
                let (times, all) = self.count(*column, is_time);
                times * 2 >= all
            };
            let likely: Vec<usize> = found.iter().copied().filter(plausible).collect();
            found = if likely.is_empty() { found } else { likely };
        }
        if let [date] = found[..] {
            self.refuse_divided(label, columns, date)?;
        }
        if found.is_empty() {
            let all_times = |column: &usize| {
                let (times, all) = self.count(*column, |reader, cell| reader.read_textual(cell).is_ok());
                all > 0 && times == all
            };
            found = (0..columns.len()).filter(all_times).collect();
            if found.is_empty() && self.all(0, |cell| is_epoch(&self.reader, cell)) {
                found.push(0);
            }
            if let [date] = found[..] {
                self.refuse_divided(label, columns, date)?;
            }
        }
        match found[..] {
            [time] => Ok(time),
            [] => Err(self.no_time(label, columns, &called)),
            [first, second, ..] => {
                let mut reader = self.reader.clone();
                let mut same = |row| {
                    let mut read = |column| reader.read(self.cell(row, column));
                    let time = read(first);
                    found.iter().all(|column| read(*column) == time)
                };
                if (0..self.rows.len()).all(&mut same) {
                    return Ok(first); // they say the same
                }
                let (first, second) = (name(&columns[first]), name(&columns[second]));
                Err(Error::usage(format!("{label}: columns {first} and {second} both hold times"))
                    .hint("say which one is the event time with --time-column NAME"))
            }
        }
    }

    /// Dates in one column and times of day in another are no event time until they are put together.
    fn refuse_divided(&self, label: &str, columns: &[String], date: usize) -> Result<()> {
        let only_dates = self.all(date, |cell| cell.trim_ascii().len() == 10);
        let of_day = (0..columns.len()).find(|i| *i != date && self.all(*i, is_time_of_day));
        match of_day {
            Some(of_day) if only_dates => {
                let (date, of_day) = (name(&columns[date]), name(&columns[of_day]));
                let text = format!("{label}: the time is divided: {date} holds dates, {of_day} times of day");
                Err(Error::usage(text)
                    .hint("put them together into one column")
                    .hint(format!("to use the dates alone: --time-column {date}")))
            }
            _ => Ok(()),
        }
    }

    /// Why there is no time column.
    fn no_time(&self, label: &str, columns: &[String], called: &[usize]) -> Error {
        let shown: Vec<String> = columns.iter().take(20).map(|column| name(column)).collect();
        let more = if columns.len() > 20 { ", …" } else { "" };
        let error = match called {
            [] => Error::failed(format!("{label}: no time column among: {}{more}", shown.join(", "))),
            [column, ..] => {
                let mut reader = self.reader.clone();
                let cells = (0..self.rows.len()).map(|row| self.cell(row, *column));
                let bad =
                    cells.map(|cell| (cell, reader.read(cell))).find_map(|(cell, read)| Some((cell, read.err()?)));
                let (cell, fault) = bad.unwrap_or((b"", TimeFault::Unreadable));
                Error::failed(format!("{label}: column {}: {}", name(&columns[*column]), fault.message(cell)))
            }
        };
        error.hint("say which column is the event time with --time-column NAME")
    }

    fn shape(&self, label: &str, columns: &[String], others: &[usize], options: &ReadOptions) -> Result<Shape> {
        let comma = self.delimiter == b';';
        let is_numeric = |column: usize| {
            let (numbers, all) = self.count(column, |_, cell| number(cell, comma) != Number::NotANumber);
            numbers * 2 >= all
        };
        let parameter = match &options.parameter_column {
            Some(wanted) => Some(named(label, columns, wanted, "--parameter-column")?),
            None => others.iter().copied().find(|i| is_one_of(&columns[*i], PARAMETER) && !is_numeric(*i)),
        };
        let value = match &options.value_column {
            Some(wanted) => Some(named(label, columns, wanted, "--value-column")?),
            None => others.iter().copied().find(|i| is_one_of(&columns[*i], VALUE) && is_numeric(*i)),
        };
        let numeric: Vec<usize> = others.iter().copied().filter(|i| Some(*i) != parameter && is_numeric(*i)).collect();
        match (parameter, value) {
            (Some(parameter), Some(value)) => return Ok(Shape::Long { parameter, value }),
            (Some(parameter), None) if options.parameter_column.is_some() => {
                return if let [value] = numeric[..] {
                    Ok(Shape::Long { parameter, value })
                } else {
                    Err(Error::usage(format!(
                        "{label}: which column holds the values of {}?",
                        name(&columns[parameter])
                    ))
                    .hint("say it with --value-column NAME"))
                };
            }
            (None, Some(value)) if options.value_column.is_some() => return Ok(Shape::Wide(vec![value])),
            _ => {}
        }
        let numeric: Vec<usize> = others.iter().copied().filter(|i| is_numeric(*i)).collect();
        if numeric.is_empty() {
            let cell = others.first().map_or(String::new(), |i| {
                let is_text = |cell: &&[u8]| number(cell, comma) == Number::NotANumber;
                let text = (0..self.rows.len()).map(|row| self.cell(row, *i)).find(is_text).unwrap_or_default();
                format!("; {} holds text such as {}", name(&columns[*i]), excerpt(text))
            });
            return Err(Error::failed(format!("{label}: no column with numbers beside the time{cell}"))
                .hint("name the column of the values with --value-column NAME"));
        }
        Ok(Shape::Wide(numeric))
    }
}

/// Whether a field can only be a time since 1970.
fn is_epoch(reader: &TimeReader, cell: &[u8]) -> bool {
    matches!(number(cell, false), Number::Value(value) if value >= PLAUSIBLE) && reader.clone().read(cell).is_ok()
}

/// The column of this name, exactly or else in any case.
fn named(label: &str, columns: &[String], wanted: &str, flag: &str) -> Result<usize> {
    let exact = columns.iter().position(|column| column == wanted);
    let found = exact.or_else(|| columns.iter().position(|column| column.eq_ignore_ascii_case(wanted)));
    found.ok_or_else(|| {
        let nearest = columns.iter().min_by_key(|column| edits(wanted, column)).map_or("", String::as_str);
        Error::failed(format!("{label}: there is no column {}", name(wanted)))
            .hint(format!("correct {flag}; the nearest column is {}", name(nearest)))
    })
}

/// Names of columns from a header.
fn names(header: &[Vec<u8>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    let mut seen = std::collections::HashSet::new();
    for (i, cell) in header.iter().enumerate() {
        let text = String::from_utf8_lossy(cell.trim_ascii());
        let base = if text.is_empty() { format!("column{}", i + 1) } else { text.into_owned() };
        let mut unique = base.clone();
        let mut again = 2;
        while !seen.insert(unique.clone()) {
            unique = format!("{base}#{again}");
            again += 1;
        }
        names.push(unique);
    }
    names
}

fn first_rows(text: &[u8], delimiter: u8, most: usize) -> Vec<Vec<Vec<u8>>> {
    let mut rows = Rows::new(text, 1, delimiter);
    let mut first = Vec::new();
    while first.len() < most {
        match rows.next() {
            Some(Row::Fields) => first.push((0..rows.len()).map(|i| rows.field(i).into_owned()).collect()),
            Some(Row::Stray) => {}
            None => break,
        }
    }
    first
}

/// The delimiter of a text: the one that divides the first rows into the same number of fields, preferably with a time in them.
#[must_use]
pub fn sniff(text: &[u8], reader: &TimeReader) -> u8 {
    let score = |delimiter: u8| {
        let rows = first_rows(text, delimiter, 20);
        let width = rows.first().map_or(0, Vec::len);
        let same = rows.iter().filter(|row| row.len() == width).count();
        let mut reader = reader.clone();
        let timed = rows
            .iter()
            .skip(usize::from(rows.len() > 1))
            .any(|row: &Vec<Vec<u8>>| row.iter().any(|cell| reader.read_textual(cell).is_ok()));
        if width < 2 { (false, 0, 0) } else { (timed, same, width) }
    };
    // the last of equals wins, so the most usual delimiter comes last
    b"|\t;,".iter().copied().max_by_key(|delimiter| score(*delimiter)).unwrap_or(b',')
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
