//! Tables: rows as columns, as Parquet and back.
//!
//! A [`Table`] says which columns there are; they come from the [`schema`](crate::store::schema). All tables are flat,
//! compressed with zstd, with statistics, in row groups of a fixed size, and their times are milliseconds in UTC: what
//! Athena engine 3, DuckDB, Spark and pandas read. The bytes depend on the rows alone. Columns are only ever added: one
//! that a file lacks is read as missing, one that is not known is not read.
//!
//! Columns are written with [`TypedColumn::with`](crate::store::schema::TypedColumn::with) and read with [`TableFile::read`], so the compiler knows what each
//! holds, and no name of a column is written twice.

mod decode;
mod digest;
mod encode;
mod values;

pub use decode::TableFile;
pub(super) use encode::{dtype, options};
pub use values::{Filled, Stored};

use crate::error::{Error, Result};
use crate::store::schema::Column;

/// The table of a data type.
#[derive(Debug)]
pub struct Table {
    /// The columns, in order.
    pub columns: &'static [Column],
    /// How many rows a row group has, all but the last.
    pub group_rows: usize,
}

impl Table {
    /// The number of rows of these columns, if they are all columns of the table, in order.
    fn rows(&self, columns: &[Filled]) -> Result<usize> {
        let rows = columns.first().map_or(0, Filled::len);
        let all = self.columns.iter().eq(columns.iter().map(|filled| &filled.column));
        if all && columns.iter().all(|filled| filled.len() == rows && !filled.lacks_values()) {
            return Ok(rows);
        }
        let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        Err(Error::failed(format!("the rows do not fit into the columns {}", names.join(", "))))
    }
}

#[cfg(test)]
mod tests;
