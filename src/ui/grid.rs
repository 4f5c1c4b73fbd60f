//! Rows of named columns, as a table, as JSON or as CSV.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::text::grouped;
use crate::cli::values::Format;
use crate::domain::format::{DIGITS, number};
use crate::domain::text::{columns, csv_field, visible};

/// How wide a terminal usually is, in columns.
const WIDTH: usize = 80;

/// What is between two columns.
const GAP: &str = "  ";

/// What a row has in a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Nothing,
    /// A text.
    Text(String),
    /// A count, or another whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// A text for people, and a value for programs.
    Both(String, Value),
}

/// Rows of named columns.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// The names of the columns.
    pub columns: Vec<&'static str>,
    /// The rows, each with a cell for each column.
    pub rows: Vec<Vec<Cell>>,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Whole(count as i64)
    }
}

impl From<u32> for Cell {
    fn from(count: u32) -> Self {
        Self::Whole(count.into())
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Self::Nothing, Into::into)
    }
}

impl Cell {
    /// As people read it, and whether it belongs to the right.
    fn shown(&self) -> (String, bool) {
        match self {
            Self::Nothing => (String::new(), false),
            Self::Text(text) | Self::Both(text, _) => (visible(text), false),
            Self::Whole(whole) => {
                let sign = if *whole < 0 { "-" } else { "" };
                (format!("{sign}{}", grouped(whole.unsigned_abs())), true)
            }
            Self::Number(x) => (number(*x, DIGITS), true),
        }
    }

    /// As programs read it.
    fn value(&self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Text(text) => json!(text),
            Self::Whole(whole) => json!(whole),
            Self::Number(x) => json!(x),
            Self::Both(_, value) => value.clone(),
        }
    }

    /// A field of CSV.
    fn field(&self) -> String {
        match self.value() {
            Value::Null => String::new(),
            Value::String(text) => csv_field(&text),
            list @ (Value::Array(_) | Value::Object(_)) => csv_field(&list.to_string()),
            other => other.to_string(),
        }
    }
}

impl Grid {
    /// No rows of these columns.
    #[must_use]
    pub fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: impl Into<Vec<Cell>>) {
        self.rows.push(row.into());
    }

    /// The rows as JSON objects.
    #[must_use]
    pub fn json(&self) -> Value {
        let object = |row: &Vec<Cell>| {
            let fields = self.columns.iter().zip(row).map(|(name, cell)| (name.replace(' ', "_"), cell.value()));
            Value::Object(fields.collect::<Map<_, _>>())
        };
        self.rows.iter().map(object).collect()
    }

    /// Writes the rows. `about` goes before them in JSON, where the rows are called `name`.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(
        &self,
        out: &mut impl Write,
        format: Format,
        mut about: Map<String, Value>,
        name: &str,
    ) -> io::Result<()> {
        match format {
            Format::Table => self.write_table(out),
            Format::Json => {
                about.insert("format_version".to_owned(), json!(1));
                about.insert(name.to_owned(), self.json());
                serde_json::to_writer_pretty(&mut *out, &about)?;
                writeln!(out)
            }
            Format::Csv => {
                writeln!(out, "{}", self.columns.join(",").replace(' ', "_"))?;
                self.rows
                    .iter()
                    .try_for_each(|row| writeln!(out, "{}", row.iter().map(Cell::field).collect::<Vec<_>>().join(",")))
            }
        }
    }

    /// Writes the rows for people, below the names of their columns. Where that is wider than a terminal usually is, the
    /// words of names stand below each other. A column whose cells say nothing to people is left out.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_table(&self, out: &mut impl Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let silent =
            |column: usize| self.rows.iter().all(|row| matches!(&row[column], Cell::Both(text, _) if text.is_empty()));
        let wanted: Vec<usize> = (0..self.columns.len()).filter(|column| !silent(*column)).collect();
        let shown: Vec<Vec<(String, bool)>> =
            self.rows.iter().map(|row| wanted.iter().map(|column| row[*column].shown()).collect()).collect();
        let width = |column: usize| shown.iter().map(|row| columns(&row[column].0)).max().unwrap_or(0);
        let names = wanted.iter().map(|column| self.columns[*column]);
        let mut head = vec![names.clone().collect::<Vec<_>>()];
        let widths = |head: &[Vec<&str>]| -> Vec<usize> {
            let of = |column| head.iter().map(|line| columns(line[column])).fold(width(column), usize::max);
            (0..wanted.len()).map(of).collect()
        };
        if widths(&head).iter().map(|width| width + GAP.len()).sum::<usize>() > WIDTH + GAP.len() {
            let words: Vec<Vec<&str>> = names.map(|name| name.split(['_', ' ']).collect()).collect();
            let lines = words.iter().map(Vec::len).max().unwrap_or(1);
            let line = |line: usize| words.iter().map(|words| words.get(line).copied().unwrap_or("")).collect();
            head = (0..lines).map(line).collect();
        }
        let right: Vec<bool> = (0..wanted.len()).map(|column| shown.iter().any(|row| row[column].1)).collect();
        let widths = widths(&head);
        let head = head.iter().map(|line| line.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        let rows = shown.iter().map(|row| row.iter().map(|(text, _)| text.clone()).collect());
        for row in head.chain(rows) {
            let mut line = String::new();
            for ((text, width), right) in row.into_iter().zip(&widths).zip(&right) {
                let blanks = " ".repeat(width - columns(&text));
                if !line.is_empty() {
                    line.push_str(GAP);
                }
                line.push_str(&if *right { blanks + &text } else { text + &blanks });
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new(&["parameter", "left out", "mean"]);
        grid.push([Cell::from("a,\"b\""), 1234_u64.into(), 1.5.into()]);
        grid.push(["=1+1".into(), Cell::Nothing, Cell::Both("two".to_owned(), json!(2))]);
        grid
    }

    fn written(format: Format) -> String {
        let mut out = Vec::new();
        grid().write(&mut out, format, Map::new(), "rows").unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn tables_are_aligned() {
        assert_eq!(
            written(Format::Table),
            "parameter  left out  mean\na,\"b\"         1,234   1.5\n=1+1                  two\n"
        );
    }

    #[test]
    fn names_of_wide_tables_stand_in_several_lines_and_silent_columns_are_for_programs() {
        let mut grid = Grid::new(&["parameter", "baseline_mean", "number", "of"]);
        grid.push([Cell::from("p".repeat(70)), 1.5.into(), Cell::Both(String::new(), json!(7)), 2_u64.into()]);
        let mut out = Vec::new();
        grid.write_table(&mut out).unwrap();
        let p = "p".repeat(70);
        let head = format!("{:70}  baseline  of\n{:70}      mean\n", "parameter", "");
        assert_eq!(String::from_utf8(out).unwrap(), format!("{head}{p}       1.5   2\n"));
        assert_eq!(grid.json()[0]["number"], 7);
    }

    #[test]
    fn a_list_is_one_field() {
        let mut grid = Grid::new(&["run", "sources"]);
        grid.push([Cell::from("a"), Cell::Both(String::new(), json!(["x.csv", "y \"1\".csv"]))]);
        let mut out = Vec::new();
        grid.write(&mut out, Format::Csv, Map::new(), "rows").unwrap();
        let mut reader = csv::Reader::from_reader(&out[..]);
        let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows, [csv::StringRecord::from(vec!["a", r#"["x.csv","y \"1\".csv"]"#])]);
    }

    #[test]
    fn programs_get_values() {
        assert_eq!(written(Format::Csv), "parameter,left_out,mean\n\"a,\"\"b\"\"\",1234,1.5\n'=1+1,,2\n");
        let value: Value = serde_json::from_str(&written(Format::Json)).unwrap();
        let first = json!({"parameter": "a,\"b\"", "left_out": 1234, "mean": 1.5});
        assert_eq!((&value["rows"][0], &value["rows"][1]["left_out"]), (&first, &Value::Null));
    }
}
