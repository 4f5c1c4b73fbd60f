//! Rows of named columns, as a table, as JSON or as CSV.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::text::grouped;
use crate::cli::values::Format;
use crate::domain::format::{DIGITS, number};
use crate::domain::text::{columns, csv_field, visible};

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

    /// Writes the rows for people, below the names of their columns.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_table(&self, out: &mut impl Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let shown: Vec<Vec<(String, bool)>> =
            self.rows.iter().map(|row| row.iter().map(Cell::shown).collect()).collect();
        let width = |(column, name): (usize, &&str)| {
            shown.iter().map(|row| columns(&row[column].0)).max().unwrap_or(0).max(columns(name))
        };
        let widths: Vec<usize> = self.columns.iter().enumerate().map(width).collect();
        let right: Vec<bool> = (0..widths.len()).map(|column| shown.iter().any(|row| row[column].1)).collect();
        let head: Vec<(String, bool)> = self.columns.iter().map(|name| ((*name).to_owned(), false)).collect();
        for row in std::iter::once(&head).chain(&shown) {
            let mut line = String::new();
            for (((text, _), width), right) in row.iter().zip(&widths).zip(&right) {
                let blanks = " ".repeat(width - columns(text));
                if !line.is_empty() {
                    line.push_str("  ");
                }
                line.push_str(&if *right { blanks + text } else { text.clone() + &blanks });
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
    fn programs_get_values() {
        assert_eq!(written(Format::Csv), "parameter,left_out,mean\n\"a,\"\"b\"\"\",1234,1.5\n'=1+1,,2\n");
        let value: Value = serde_json::from_str(&written(Format::Json)).unwrap();
        let first = json!({"parameter": "a,\"b\"", "left_out": 1234, "mean": 1.5});
        assert_eq!((&value["rows"][0], &value["rows"][1]["left_out"]), (&first, &Value::Null));
    }
}
