//! The fields of the documents of `runs`. The code that writes them is [`Run`](crate::store::runs::Run).

/// What a field of a JSON document holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonKind {
    /// Text.
    Text,
    /// A moment in UTC, as text of RFC 3339 with `Z`.
    Moment,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// A list of values.
    List(&'static JsonKind),
    /// An object with these fields.
    Object(&'static [Field]),
    /// An object with any names, and values of one kind.
    Map(&'static JsonKind),
    /// Any value.
    Any,
}

/// A field of a JSON document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: JsonKind,
    /// Whether it may be missing.
    pub nullable: bool,
    /// What it means, in a sentence.
    pub meaning: &'static str,
}

const fn field(name: &'static str, kind: JsonKind, meaning: &'static str) -> Field {
    Field { name, kind, nullable: false, meaning }
}

/// The field by which documents are filed.
pub(super) const STARTED: Field = field("started", JsonKind::Moment, "When the run began.");

const OBJECTS: JsonKind = JsonKind::List(&JsonKind::Object(&[
    field("name", JsonKind::Text, "The key of an object in the store, or the name of a file."),
    field("sha256", JsonKind::Text, "The SHA-256 of its bytes; 64 hexadecimal digits."),
    field("bytes", JsonKind::Integer, "The number of its bytes."),
]));

/// The fields of a document of `runs`, in order.
pub(super) const RUN_FIELDS: &[Field] = &[
    field("format", JsonKind::Integer, "The format of the document, 1."),
    field("id", JsonKind::Text, "The id of the run: the time at which it began, and a digest."),
    field("command", JsonKind::Text, "The command, such as `ingest`, `train` or `detect`."),
    field("arguments", JsonKind::List(&JsonKind::Text), "What was asked of the command."),
    field("dataset", JsonKind::Text, "The dataset, such as `acme/shop/2.1`."),
    field(
        "settings",
        JsonKind::Object(&[
            field("number", JsonKind::Integer, "Their number."),
            field("sha256", JsonKind::Text, "Their SHA-256; 64 hexadecimal digits."),
        ]),
        "The settings of the dataset that the run used.",
    ),
    field("tool_version", JsonKind::Text, "The version of trebuchet-ad."),
    STARTED,
    field("finished", JsonKind::Moment, "When it had done everything but write this document."),
    field("inputs", OBJECTS, "The files and objects that it read."),
    field("outputs", OBJECTS, "The objects that exist because of it, whether it found or made them."),
    field("counts", JsonKind::Map(&JsonKind::Integer), "How many it read and wrote, by name."),
    field("seconds", JsonKind::Map(&JsonKind::Number), "How long its steps took, in seconds, by name."),
    field("facts", JsonKind::Map(&JsonKind::Any), "What later commands need to know of it, such as its model version."),
    Field {
        nullable: true,
        ..field(
            "revokes",
            JsonKind::List(&JsonKind::Text),
            "The ids of runs whose objects are not visible any more; absent where there are none.",
        )
    },
];
