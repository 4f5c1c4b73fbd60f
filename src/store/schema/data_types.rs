//! What each data type is.

use super::documents::{RUN_FIELDS, STARTED};
use super::{
    AlertColumns, ColumnKind, Columns, FigureColumns, FiledBy, LearnedColumns, MeasurementColumns, ModelColumns,
    QuarantineColumns, RawColumns, Schema, SortKey, StateColumns, TypedColumn,
};
use crate::domain::interval::Unit;
use crate::store::layout::DataType;

const fn by<K: ColumnKind>(column: TypedColumn<K>) -> SortKey {
    SortKey::Value(column.column.name)
}

const RAW: Schema = {
    const C: RawColumns = RawColumns::COLUMNS;
    Schema {
        purpose: "Everything that came in, verbatim: all else can be made from it again.",
        row: "a record",
        columns: Columns::Parquet(RawColumns::ALL),
        filed_by: FiledBy::Time(C.event_time.column.name),
        order: &[SortKey::Arrival(C.source.column.name), by(C.position)],
    }
};

const MEASUREMENTS: Schema = {
    const C: MeasurementColumns = MeasurementColumns::COLUMNS;
    Schema {
        purpose: "What the records measure and count: training, detection and most queries read only this.",
        row: "a measurement",
        columns: Columns::Parquet(MeasurementColumns::ALL),
        filed_by: FiledBy::Time(C.event_time.column.name),
        order: &[by(C.parameter), by(C.aggregation), by(C.event_time), by(C.value), by(C.record_row)],
    }
};

/// Figures of intervals of this kind.
const fn figures(unit: Unit, purpose: &'static str, row: &'static str) -> Schema {
    const C: FigureColumns = FigureColumns::COLUMNS;
    Schema {
        purpose,
        row,
        columns: Columns::Parquet(FigureColumns::ALL),
        filed_by: FiledBy::Start(unit, C.start.column.name),
        order: const { &[by(C.start), by(C.parameter), by(C.aggregation)] },
    }
}

const HOURLY: Schema =
    figures(Unit::Hour, "Figures of UTC hours, written by detection.", "the figures of a parameter in an hour");
const DAILY: Schema =
    figures(Unit::Day, "Figures of UTC days, folded from the hours.", "the figures of a parameter in a day");
const WEEKLY: Schema =
    figures(Unit::Week, "Figures of ISO weeks, folded from the hours.", "the figures of a parameter in a week");
const MONTHLY: Schema =
    figures(Unit::Month, "Figures of months, folded from the hours.", "the figures of a parameter in a month");
const SEASONAL: Schema = figures(
    Unit::Season,
    "Figures of meteorological seasons, folded from the hours; winter begins on December 1.",
    "the figures of a parameter in a season",
);

const STATE: Schema = {
    const C: StateColumns = StateColumns::COLUMNS;
    Schema {
        purpose: "States of detectors, with which detection goes on.",
        row: "the state of the detector of a parameter at a moment",
        columns: Columns::Parquet(StateColumns::ALL),
        filed_by: FiledBy::TimeBefore(C.at.column.name),
        order: &[by(C.parameter), by(C.aggregation), by(C.at)],
    }
};

const MODEL: Schema = {
    const C: ModelColumns = ModelColumns::COLUMNS;
    Schema {
        purpose: "Baselines: what is usual in each hour of the week, for each version of the model.",
        row: "an hour of the week of a parameter, in a version of the model",
        columns: Columns::Parquet(ModelColumns::ALL),
        filed_by: FiledBy::Slot(C.slot.column.name),
        order: &[by(C.slot), by(C.parameter), by(C.aggregation)],
    }
};

const ALERTS: Schema = {
    const C: AlertColumns = AlertColumns::COLUMNS;
    const TIME: &str = C.event_time.column.name;
    Schema {
        purpose: "What was found, with everything that decided and what it takes to check it.",
        row: "an exceedance: an alert, or a further point of its incident",
        columns: Columns::Parquet(AlertColumns::ALL),
        filed_by: FiledBy::Time(TIME),
        order: &[SortKey::Hour(TIME), by(C.parameter), by(C.aggregation), by(C.event_time), by(C.alert_id)],
    }
};

const LEARNED: Schema = {
    const C: LearnedColumns = LearnedColumns::COLUMNS;
    Schema {
        purpose: "What is known of each hour of the week, from the model and the hours since, after each UTC day.",
        row: "an hour of the week of a parameter, after a day that had this hour",
        columns: Columns::Parquet(LearnedColumns::ALL),
        filed_by: FiledBy::Start(Unit::Day, C.day.column.name),
        order: &[by(C.day), by(C.slot), by(C.parameter), by(C.aggregation)],
    }
};

const RUNS: Schema = Schema {
    purpose: "The log of runs: an object counts if a completed run names it in `outputs` and no run has revoked that run.",
    row: "a completed run of a command that writes",
    columns: Columns::Json(RUN_FIELDS),
    filed_by: FiledBy::Time(STARTED.name),
    order: &[],
};

const QUARANTINE: Schema = {
    const C: QuarantineColumns = QuarantineColumns::COLUMNS;
    Schema {
        purpose: "Records that could not be used, to be mended and ingested again.",
        row: "a record that could not be used",
        columns: Columns::Parquet(QuarantineColumns::ALL),
        filed_by: FiledBy::Time(C.quarantined_at.column.name),
        order: &[by(C.source), by(C.line)],
    }
};

impl Schema {
    /// What this data type is.
    #[must_use]
    pub const fn of(data_type: DataType) -> &'static Self {
        match data_type {
            DataType::Raw => &RAW,
            DataType::Measurements => &MEASUREMENTS,
            DataType::Hourly => &HOURLY,
            DataType::Daily => &DAILY,
            DataType::Weekly => &WEEKLY,
            DataType::Monthly => &MONTHLY,
            DataType::Seasonal => &SEASONAL,
            DataType::State => &STATE,
            DataType::Model => &MODEL,
            DataType::Alerts => &ALERTS,
            DataType::Learned => &LEARNED,
            DataType::Runs => &RUNS,
            DataType::Quarantine => &QUARANTINE,
        }
    }
}
