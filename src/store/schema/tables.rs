//! The columns of each table. Columns are only ever added, at the end: objects that are there keep what they have.

use super::column::{Bytes, Flag, Integer, Name, Number, Pointer, Text, Time, columns};

columns! {
    /// The columns of `raw`.
    pub struct RawColumns {
        /// The time that the record states.
        event_time: Time,
        /// What the record tells of: `metric`, `event` or `log`.
        kind: Name,
        /// The text of the record, verbatim.
        record: Text,
        /// The name of the file or stream from which the record came.
        source: Name,
        /// The place of the record in its source, from 1: its line or, where there are no lines, its row.
        position: Integer,
        /// When the record came into the store.
        ingested_at: Pointer<Time>,
    }
}

columns! {
    /// The columns of `measurements`.
    pub struct MeasurementColumns {
        /// The time of the measurement, which is that of its record.
        event_time: Time,
        /// The name of what was measured.
        parameter: Name,
        /// The measured value, in the unit in which the record states it; 1 for a record that is counted.
        value: Number,
        /// `none` for measured values, `count` for records that are counted by minute.
        aggregation: Name,
        /// The row of the record in the `raw` object of the same hour and name, from 0.
        record_row: Pointer<Integer>,
    }
}

columns! {
    /// The columns of `hourly`, `daily`, `weekly`, `monthly` and `seasonal`. Besides what people ask for they have what
    /// merging and going on need, so that no sample is ever needed again.
    pub struct FigureColumns {
        /// The first moment of the interval.
        start: Time,
        /// The name of the parameter.
        parameter: Name,
        /// `none` where values are measured, `count` where a value is the number of records in a minute.
        aggregation: Name,
        /// The number of values in the interval.
        count: Integer,
        /// The mean of the values.
        mean: Number,
        /// The standard deviation of the values (n−1); null where there is only one value.
        std_dev: Option<Number>,
        /// The least value.
        min: Number,
        /// The greatest value.
        max: Number,
        /// The first value.
        first: Number,
        /// The last value.
        last: Number,
        /// The exponential moving average over 10 values after the last value; it goes on from interval to interval.
        ema: Number,
        /// The sum of the squared deviations from the mean, with which intervals are merged.
        squares: Number,
        /// The number of values that the moving average has seen, since its first.
        ema_count: Integer,
        /// The sum of the first 10 values that the moving average has seen.
        ema_sum: Number,
        /// A digest of the measurements in the interval, whatever their order; 32 hexadecimal digits.
        input_digest: Text,
        /// A digest of the state of the detector after the interval; 64 hexadecimal digits.
        state_digest: Text,
        /// The version of the model that judged the end of the interval; 0 for none.
        model_version: Integer,
    }
}

columns! {
    /// The columns of `state`.
    pub struct StateColumns {
        /// The end of the hours that the detector has seen.
        at: Time,
        /// The name of the parameter.
        parameter: Name,
        /// `none` where values are measured, `count` where a value is the number of records in a minute.
        aggregation: Name,
        /// The method and its version, such as `adaptive@2`.
        rule: Name,
        /// The version of the model that judges; 0 for none.
        model_version: Integer,
        /// A digest of what the state is made from; 64 hexadecimal digits.
        state_digest: Text,
        /// The state, which only the method can read.
        state: Bytes,
    }
}

columns! {
    /// The columns of `model`. The version is always a key of the partition.
    pub struct ModelColumns {
        /// The hour of the week in the time zone of the dataset, 0 (Monday, 00:00) to 167.
        slot: Integer,
        /// The name of the parameter.
        parameter: Name,
        /// `none` where values are measured, `count` where a value is the number of records in a minute.
        aggregation: Name,
        /// The number of values in the slot, of all weeks.
        count: Integer,
        /// The mean of all values.
        mean: Number,
        /// The standard deviation of all values (n−1); null where there is only one value.
        std_dev: Option<Number>,
        /// The number of weeks with values.
        weeks: Integer,
        /// The mean of the values that were used, without those that were left out.
        baseline_mean: Number,
        /// The number of weeks with values that were used.
        weeks_used: Integer,
        /// The hours that were left out, each with the reason and its numbers, separated by `; `.
        left_out: Text,
        /// The sum of the squared deviations of all values from their mean.
        squares: Number,
    }
}

columns! {
    /// The columns of `alerts`.
    pub struct AlertColumns {
        /// The time of the value; of a silence when data were missed, of a level shift when it was recognized.
        event_time: Time,
        /// The name of the parameter.
        parameter: Name,
        /// `none` where values are measured, `count` where a value is the number of records in a minute.
        aggregation: Name,
        /// What was found: `value` (outside its limits), `silence`, `level_shift` or `return` (to the earlier level).
        finding: Name,
        /// The value, in the unit of the parameter; null unless a value was found.
        value: Option<Number>,
        /// Of a silence the time of the last value, of a level shift the start of its first hour, in milliseconds since
        /// 1970-01-01T00:00:00Z; null for a value.
        since_ms: Option<Integer>,
        /// Whether it is the alert that opens its incident, rather than a further point of one.
        opens_incident: Flag,
        /// The id of the exceedance; 16 hexadecimal digits.
        alert_id: Text,
        /// The id of its incident; 16 hexadecimal digits.
        incident_id: Text,
        /// What its incident is: `value`, `level_shift` or `silence`.
        kind: Name,
        /// The side of what is normal on which it lies: `above` or `below`; null for a silence.
        direction: Option<Name>,
        /// Which values were normal: `between` lower and upper, `nothing` (an average was already out), or `learning`
        /// (no limits).
        limits: Name,
        /// The least normal value; null unless `limits` is `between`.
        lower: Option<Number>,
        /// The greatest normal value; null unless `limits` is `between`.
        upper: Option<Number>,
        /// The value that was expected; 0 for a silence or level shift.
        expected: Number,
        /// −log10 of the probability that an ordinary hour deviates as much; of a level shift the threshold.
        surprise: Number,
        /// Whether the value is outside its limits; true for a silence or level shift.
        is_exceedance: Flag,
        /// The view of the series that decided, such as `point` or `step`; null for a silence or level shift.
        channel: Option<Name>,
        /// The deviation on the channel, or the size of a level shift, with its sign; null for a silence.
        quantity: Option<Number>,
        /// The largest deviation that is usual in an hour; of a silence the longest gap that is usual, in hours.
        usual: Option<Number>,
        /// The standard deviation of what is usual; null for a level shift.
        usual_std_dev: Option<Number>,
        /// The time since the previous value of the parameter, in milliseconds; null for its first value.
        since_previous_ms: Option<Integer>,
        /// The hour of the week in the time zone of the dataset, 0 (Monday, 00:00) to 167; null where the model has no
        /// values in it.
        slot: Option<Integer>,
        /// The mean of the model's values in the slot; null where it has none.
        slot_mean: Option<Number>,
        /// The standard deviation of the model's values in the slot (n−1); null where it has fewer than two.
        slot_std_dev: Option<Number>,
        /// The number of the model's values in the slot; null where it has none.
        slot_count: Option<Integer>,
        /// The number of weeks in which the model has values in the slot; null where it has none.
        slot_weeks: Option<Integer>,
        /// The exponential moving average over 10 values, after this one.
        ema: Number,
        /// The history on which `expected` mostly rests: `overall`, `hour_of_day`, `day_kind` or `hour_of_week`.
        tier: Name,
        /// The severity of its incident so far: `low`, `medium`, `high` or `critical`.
        severity: Name,
        /// The severity as a number, from 0; `medium` begins at 1, `high` at 2, `critical` at 4.
        severity_score: Number,
        /// The sentence that says why.
        text: Text,
        /// The method and its version, such as `adaptive@2`.
        rule: Name,
        /// The version of the model that judged; 0 for none.
        model_version: Integer,
        /// The SHA-256 of the settings that decide results; 64 hexadecimal digits.
        settings_digest: Name,
        /// A digest of the state of the detector before the hour; 64 hexadecimal digits.
        state_digest: Text,
        /// The version of trebuchet-ad that wrote the row.
        tool_version: Pointer<Name>,
        /// The key of the `raw` object that has the record; null where no single record stands for it.
        raw_object: Pointer<Option<Name>>,
        /// The SHA-256 of the bytes of that object; 64 hexadecimal digits.
        raw_sha256: Pointer<Option<Name>>,
        /// The row of the record in that object, from 0.
        raw_row: Pointer<Option<Integer>>,
    }
}

columns! {
    /// The columns of `learned`.
    pub struct LearnedColumns {
        /// The start of the day.
        day: Time,
        /// The hour of the week in the time zone of the dataset, 0 (Monday, 00:00) to 167.
        slot: Integer,
        /// The name of the parameter.
        parameter: Name,
        /// `none` where values are measured, `count` where a value is the number of records in a minute.
        aggregation: Name,
        /// The number of values in the slot, of the model and of all hours since.
        count: Integer,
        /// The mean of these values.
        mean: Number,
        /// The standard deviation of these values (n−1); null where there is only one value.
        std_dev: Option<Number>,
        /// The number of weeks with values.
        weeks: Integer,
        /// The sum of the squared deviations from the mean.
        squares: Number,
        /// The version of the model with which it began.
        model_version: Integer,
    }
}

columns! {
    /// The columns of `quarantine`.
    pub struct QuarantineColumns {
        /// The name of the file or stream from which the record came.
        source: Name,
        /// The line on which the record begins in its source, from 1; for Parquet its row.
        line: Integer,
        /// Why it could not be used, in a word, such as `json` or `time`.
        reason: Name,
        /// What is wrong and what to do.
        message: Text,
        /// The bytes of the record, which may be no text.
        record: Bytes,
        /// Whether only the beginning of the record is kept.
        is_cut: Flag,
        /// The line that must precede the record to make a file of it again; null where there is none.
        header: Option<Name>,
        /// When the record came into quarantine.
        quarantined_at: Pointer<Time>,
    }
}
