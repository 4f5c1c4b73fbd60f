//! Columns of Parquet tables. The compiler knows what each holds, so that it refuses values of another kind.

use std::marker::PhantomData;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Moments in UTC, in milliseconds.
    Time,
    /// Whole numbers of 64 bits, signed.
    Integer,
    /// Floating point numbers of 64 bits, all of them finite.
    Number,
    /// Text of which there are few different values; sorted by, or searched for.
    Name,
    /// Any text.
    Text,
    /// True or false.
    Flag,
    /// Bytes.
    Bytes,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether values may be missing.
    pub nullable: bool,
    /// Whether it says what the row is. The digest of rows leaves out pointers to other objects, times of writing and
    /// versions of the program, so that the same rows have the same digest.
    pub identifies: bool,
    /// What it means, in a sentence.
    pub meaning: &'static str,
}

/// A [`Column`] whose kind the compiler knows.
#[derive(Clone, Copy, Debug)]
pub struct TypedColumn<K> {
    /// The column.
    pub column: Column,
    kind: PhantomData<K>,
}

impl<K: ColumnKind> TypedColumn<K> {
    /// A column of this name and meaning.
    #[must_use]
    pub const fn new(name: &'static str, meaning: &'static str) -> Self {
        let column = Column { name, kind: K::KIND, nullable: K::NULLABLE, identifies: K::IDENTIFIES, meaning };
        Self { column, kind: PhantomData }
    }
}

/// What a column is, as a type: one of the kinds below, an `Option` of one where values may be missing, or a
/// [`Pointer`] of either.
pub trait ColumnKind: Copy {
    /// What it holds.
    const KIND: Kind;
    /// Whether values may be missing.
    const NULLABLE: bool = false;
    /// Whether it says what the row is.
    const IDENTIFIES: bool = true;
}

/// A column that does not say what the row is; see [`Column::identifies`].
#[derive(Clone, Copy, Debug)]
pub struct Pointer<K>(PhantomData<K>);

impl<K: ColumnKind> ColumnKind for Pointer<K> {
    const KIND: Kind = K::KIND;
    const NULLABLE: bool = K::NULLABLE;
    const IDENTIFIES: bool = false;
}

macro_rules! kinds {
    ($($kind:ident),+; nullable: $($nullable:ident),+) => {
        $(
            #[doc = concat!("[`Kind::", stringify!($kind), "`] as a type.")]
            #[derive(Clone, Copy, Debug)]
            pub enum $kind {}

            impl ColumnKind for $kind {
                const KIND: Kind = Kind::$kind;
            }
        )+
        $(impl ColumnKind for Option<$nullable> {
            const KIND: Kind = Kind::$nullable;
            const NULLABLE: bool = true;
        })+
    };
}

kinds!(Time, Integer, Number, Name, Text, Flag, Bytes; nullable: Integer, Number, Name);

/// Declares the columns of a table as a struct with a field for each: its name is the name of the column, its type says
/// what it holds, and its documentation what it means.
macro_rules! columns {
    ($(#[$about:meta])* pub struct $table:ident {
        $($(#[doc = $meaning:literal])+ $name:ident: $kind:ty,)+
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub struct $table {
            $($(#[doc = $meaning])+ pub $name: $crate::store::schema::TypedColumn<$kind>,)+
        }

        impl $table {
            /// Each column.
            pub const COLUMNS: Self = Self {
                $($name: $crate::store::schema::TypedColumn::new(
                    stringify!($name),
                    concat!($($meaning),+).trim_ascii(),
                ),)+
            };

            /// All columns, in order.
            pub const ALL: &'static [$crate::store::schema::Column] = &[$(Self::COLUMNS.$name.column,)+];
        }
    };
}
pub(in crate::store) use columns;
