//! What a record means: when it is from, what kind of record it is, and what it measures.

use super::facts::{Candidate, Facts, Roles, Scalar, Slot};
use super::record::{Record, TOO_MANY};
use super::shape::Shapes;
use crate::domain::measurement::{Aggregation, Millis};
use crate::domain::record::Kind;
use crate::source::excerpt::{excerpt, name};
use crate::source::number::Number;
use crate::source::timestamp::{TimeFault, TimeReader};
use crate::source::{ReadOptions, Reason};

/// How records are to be understood.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Which fields have a role.
    pub roles: Roles,
    /// The kind of all records, whatever they say.
    pub kind: Option<Kind>,
    times: TimeReader,
}

impl Rules {
    /// The rules that the options give.
    pub fn new(options: &ReadOptions) -> Self {
        let times = TimeReader::new(options.zone, options.time_unit);
        Self { roles: Roles::new(options), kind: None, times }
    }

    /// A reader for the times.
    pub fn times(&self) -> TimeReader {
        self.times.clone()
    }
}

/// Why a record, or a value in it, can't be used: the reason, and what to tell the user.
pub type Fault = (Reason, String);

/// Adds what records measure.
pub trait Sink {
    /// The number by which the sink knows a parameter. `field` is the end of the parameter's name that the record gives;
    /// what comes before it is the part that the value of another field gives.
    fn number(&mut self, parameter: &str, field: &str, aggregation: Aggregation) -> u32;

    /// A measurement of the record of the moment.
    fn measure(&mut self, number: u32, time: Millis, value: f64);

    /// Whether such a measurement would be used.
    fn wants(&mut self, field: &str) -> bool;

    /// A value of the record of the moment can't be used; `message` is only asked for where it is kept.
    fn fault(&mut self, reason: Reason, message: impl FnOnce() -> String);
}

/// Reads records one after the other. It is cheap to make.
pub struct Extractor<'r, 't> {
    rules: &'r Rules,
    times: TimeReader,
    shapes: Shapes<'t>,
    /// Room for names that are put together.
    name: String,
}

/// What a record has said of itself.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// The record as text.
    pub text: &'a str,
    /// When it is from.
    pub time: Millis,
    /// What it is.
    pub kind: Kind,
    /// What the field holds that tells it from others.
    pub identity: Option<&'a str>,
}

impl<'r, 't> Extractor<'r, 't> {
    /// Reads records by these rules.
    pub fn new(rules: &'r Rules) -> Self {
        Self { rules, times: rules.times(), shapes: Shapes::default(), name: String::new() }
    }

    /// Reads a record, and hands its measurements to `sink`.
    pub fn read(&mut self, text: &'t [u8], sink: &mut impl Sink) -> Result<Said<'_>, Fault> {
        let Self { rules, times, shapes, name } = self;
        let text = std::str::from_utf8(text).map_err(|_| not_utf8())?;
        let record = shapes.read(text, &rules.roles).map_err(|cause| fault(&cause, text))?;
        let time = time(record, &rules.roles, times)?;
        let kind = rules.kind.unwrap_or_else(|| record.facts.kind(!record.numbers.is_empty()));
        measure(record, kind, time, rules.roles.value.as_deref(), name, sink)?;
        Ok(Said { text, time, kind, identity: record.facts.identity.as_deref() })
    }
}

/// Hands what a record measures to `sink`; of records that name no parameter only the field `only` where there is one.
/// `whole` is room for names.
fn measure<S: Sink>(
    record: &mut Record<'_>,
    kind: Kind,
    time: Millis,
    only: Option<&str>,
    whole: &mut String,
    sink: &mut S,
) -> Result<(), Fault> {
    let facts = &record.facts;
    whole.clear();
    if let Some(part) = facts.part.as_deref().map(str::trim).filter(|part| !part.is_empty()) {
        whole.push_str(part);
        whole.push('.');
    }
    let prefix = whole.len();
    let mut used = kind != Kind::Metric;
    // where a record's keys alone decide about names, the numbers are those of the last record of its shape
    let fixed = prefix == 0;
    let mut measure = |sink: &mut S, field: &str, value: f64, known: Option<u32>| {
        used = true;
        let Number::Value(value) = Number::of(value) else {
            fault_of_value(sink, field, value);
            return None;
        };
        let number = match known {
            Some(number) => number,
            None if fixed => sink.number(field, field, Aggregation::None),
            None => {
                whole.truncate(prefix);
                whole.push_str(field);
                sink.number(whole, field, Aggregation::None)
            }
        };
        sink.measure(number, time, value);
        Some(number)
    };
    match (&facts.parameter, facts.value) {
        (Some(parameter), Some(Some(value))) => {
            measure(sink, parameter, value, None);
        }
        (Some(_), Some(None)) => {
            used = true;
            sink.fault(Reason::Missing, String::new);
        }
        _ => {
            for number in &mut record.numbers {
                let field = &record.names[number.name.clone()];
                if only.is_none_or(|only| only == field) {
                    let known = number.parameter.filter(|_| fixed);
                    number.parameter = measure(sink, field, number.value, known).or(known).filter(|_| fixed);
                }
            }
        }
    }
    if kind != Kind::Metric {
        whole.truncate(prefix);
        count_name(facts, kind, whole);
        let number = sink.number(whole, &whole[prefix..], Aggregation::Count);
        sink.measure(number, time, 1.0);
    }
    if !used && record.slots.contains(&Slot::Null) {
        sink.fault(Reason::Missing, String::new); // what is null would be measured
    } else if !used {
        return Err((Reason::Nothing, "the record holds no number, and is neither an event nor a log".into()));
    }
    Ok(())
}

#[cold]
fn fault_of_value(sink: &mut impl Sink, field: &str, value: f64) {
    if sink.wants(field) {
        let number = Number::of(value);
        let message = || number.message(value.to_string().as_bytes(), field).replace("column", "field");
        sink.fault(number.reason(b"").unwrap_or(Reason::TooLarge), message);
    }
}

fn not_utf8() -> Fault {
    (Reason::NotUtf8, "the text is not UTF-8".into())
}

/// Why a text is no record, for the user.
fn fault(cause: &serde_json::Error, text: &str) -> Fault {
    let message = cause.to_string();
    let text = text.as_bytes();
    if message.starts_with("recursion limit") {
        (Reason::Json, "nested more than 128 levels deep".into())
    } else if message.starts_with("number out of range") {
        (Reason::TooLarge, format!("a number is too large, in {}", excerpt(text)))
    } else if message.starts_with(TOO_MANY) {
        (Reason::TooLong, TOO_MANY.into())
    } else if cause.is_eof() {
        (Reason::Json, format!("the JSON ends early, in {}", excerpt(text)))
    } else {
        (Reason::Json, format!("not a JSON record: {}", message.replace(" at line 1 column ", " at column ")))
    }
}

/// The time of a record. Time fields that turn out to be ordinary numbers become measurements again.
fn time(record: &mut Record<'_>, roles: &Roles, reader: &mut TimeReader) -> Result<Millis, Fault> {
    let mut times = std::mem::take(&mut record.times);
    let asked = roles.time.is_some();
    if times.len() > 1 || asked {
        times.retain(|candidate| !asked || candidate.rank == 0 || !matches!(candidate.value, Scalar::Text(_)));
        times.sort_by_key(|candidate| (!candidate.value.is_plausible() && !asked, candidate.rank));
    }
    let mut fault: Option<(TimeFault, String)> = None;
    let mut found = None;
    for candidate in &times {
        if found.is_some() || (asked && candidate.rank != 0) {
            if !candidate.value.is_plausible() {
                restore(record, candidate);
            }
            continue;
        }
        match candidate.value.read(reader) {
            Ok(time) => found = Some(time),
            Err(wrong) => fault = fault.or_else(|| Some((wrong, candidate.value.text()))),
        }
    }
    record.times = times; // its room is used again
    found.ok_or_else(|| match (fault, &roles.time) {
        (Some((fault, text)), _) => (fault.reason(), fault.message(text.as_bytes())),
        (None, Some(wanted)) => (Reason::Time, format!("the record has no time in field {}", name(wanted))),
        (None, None) => (Reason::Time, "the record has no time; name its field with --time-column NAME".into()),
    })
}

fn restore(record: &mut Record<'_>, candidate: &Candidate<'_>) {
    let value = match candidate.value {
        Scalar::Whole(number) => number as f64,
        Scalar::Real(number) => number,
        Scalar::Text(_) => return,
    };
    record.push_named(&candidate.name, value);
}

/// Appends the name under which an event or a log is counted: `events.<name>`, `logs.<level>`.
fn count_name(facts: &Facts<'_>, kind: Kind, name: &mut String) {
    let (prefix, of) = match kind {
        Kind::Log => ("logs", facts.level.as_deref()),
        _ => ("events", facts.event.as_deref().or(facts.parameter.as_deref())),
    };
    name.push_str(prefix);
    let Some(of) = of.map(str::trim).filter(|of| !of.is_empty()) else { return };
    name.push('.');
    match kind {
        Kind::Log if of.is_ascii() => name.extend(of.chars().map(|c| c.to_ascii_lowercase())),
        Kind::Log => name.push_str(&of.to_lowercase()),
        _ => name.push_str(of),
    }
}
