//! Training: the hours of a store, folded to baselines and to the states of detectors.
//!
//! A baseline needs only the moments of hours, which are made hour by hour, in any order and in parallel. A state is a
//! fold in the order of time, in parallel over the parameters. Both are done as the hours are read, each once.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::rules::RuleSet;
use super::store_reader::{HourData, Reading, StoreReader, Stretch};
use crate::domain::aggregate::{Row, hourly_moments};
use crate::domain::dataset::Dataset;
use crate::domain::digest::{Fields, InputDigest, Sha256, StateDigest};
use crate::domain::hour::Hour;
use crate::domain::measurement::Aggregation;
use crate::domain::model::{self, Baseline};
use crate::domain::moments::Moments;
use crate::domain::parameters::{Parameter, SeriesId};
use crate::domain::series::{KeptState, Listener, Series};
use crate::error::Result;

/// What was learned of a parameter.
#[derive(Debug)]
pub struct Learned {
    /// The parameter.
    pub parameter: Parameter,
    /// What is usual.
    pub baseline: Baseline,
    /// Of its measurements.
    pub input: InputDigest,
    /// The state of its detection at the end of the range.
    pub state: Vec<u8>,
    /// Of what the state is made from.
    pub state_digest: StateDigest,
    /// Whether there is too little history for limits.
    pub learning: bool,
}

/// What was learned, and how long it took.
#[derive(Debug, Default)]
pub struct Trained {
    /// By parameter.
    pub parameters: Vec<Learned>,
    /// To read, and to make the baselines.
    pub baseline: Duration,
    /// To fold the states.
    pub state: Duration,
}

/// What has been seen of a parameter.
#[derive(Default)]
struct Seen {
    training: model::Training,
    input: InputDigest,
}

/// A parameter on its way through history.
struct Folded {
    series: Series,
    counts: HourlyCounts,
}

/// The moments of the hours of a counted parameter: they are of minutes, which only the series makes.
struct HourlyCounts {
    hours: Option<Vec<(Hour, Moments)>>,
}

impl Listener for HourlyCounts {
    fn hour(&mut self, row: &Row) {
        if let Some(hours) = &mut self.hours {
            hours.push((Hour::of(row.start), row.figures.moments));
        }
    }
}

/// Trains on these hours of a dataset. `settings` is the digest of the settings that `rules` were made from.
///
/// # Errors
/// When an object is missing or damaged, which is named; or when it was stopped.
pub fn train(
    dataset: &Dataset,
    reader: &StoreReader,
    hours: Range<Hour>,
    rules: &RuleSet,
    settings: &Sha256,
    reading: Reading,
) -> Result<Trained> {
    let source: Arc<str> = dataset.to_string().into();
    let mut trained = Trained::default();
    let mut seen: BTreeMap<Parameter, Seen> = BTreeMap::new();
    let mut folded: BTreeMap<Parameter, Folded> = BTreeMap::new();
    let mut before = Instant::now();
    reader.read(hours.clone(), reading, look, |window, looked| {
        for (hour, parameters) in window.present().zip(looked) {
            for (parameter, input, moments) in parameters {
                let seen = seen.entry(parameter).or_default();
                seen.input = seen.input.and(input);
                moments.into_iter().for_each(|moments| seen.training.push(hour, moments));
            }
        }
        let begun = Instant::now();
        trained.baseline += begun - before;
        let new = |parameter: &Parameter| {
            let id = SeriesId { source: Arc::clone(&source), parameter: parameter.clone() };
            let series = Series::of_store(id, rules.method, rules.of(&parameter.name), settings);
            let hours = (parameter.aggregation == Aggregation::Count).then(Vec::new);
            Folded { series, counts: HourlyCounts { hours } }
        };
        window.fold(reading.threads, &mut folded, new, |_, folded, stretch| {
            reading.stop.check()?;
            folded.take(&stretch);
            Ok(())
        })?;
        before = Instant::now();
        trained.state += before - begun;
        Ok(())
    })?;
    for (parameter, Folded { series, counts }) in folded {
        let Seen { mut training, input } = seen.remove(&parameter).unwrap_or_default();
        counts.hours.into_iter().flatten().for_each(|(hour, moments)| training.push(hour, moments));
        let begun = Instant::now();
        let baseline = training.finish(rules.zone, &model::Rules::default());
        trained.baseline += begun.elapsed();
        let learning = series.is_learning();
        // every series has got the first of its measurements
        if let Some(KeptState { state, state_digest, .. }) = KeptState::of(&series) {
            trained.parameters.push(Learned { parameter, baseline, input, state, state_digest, learning });
        }
    }
    Ok(trained)
}

/// The digest of an hour's measurements of each parameter, and their moments unless they are counted.
fn look(data: &HourData) -> Vec<(Parameter, InputDigest, Option<Moments>)> {
    let measurements = &data.measurements;
    let of = |(parameter, rows): (&Parameter, Range<usize>)| {
        let (times, values) = (&measurements.times[rows.clone()], &measurements.values[rows]);
        let mut moments = None;
        if parameter.aggregation == Aggregation::None {
            hourly_moments(times, values, |_, of_hour| moments = Some(of_hour));
        }
        (parameter.clone(), InputDigest::of(times, values), moments)
    };
    measurements.runs().map(of).collect()
}

impl Folded {
    fn take(&mut self, stretch: &Stretch) {
        for (times, values) in &stretch.parts {
            self.series.take(times, values, &mut self.counts);
        }
        self.series.pass_until(stretch.hours.end, &mut self.counts);
    }
}

/// The digest of everything that decides a model.
#[must_use]
pub fn digest(settings: &Sha256, hours: &Range<Hour>, parameters: &[Learned]) -> Sha256 {
    let begin =
        Fields::of("model").text(&settings.to_string()).integer(hours.start.number()).integer(hours.end.number());
    let add = |fields: Fields, learned: &Learned| {
        let counted = i64::from(learned.parameter.aggregation == Aggregation::Count);
        fields.text(&learned.parameter.name).integer(counted).bytes(&learned.input.bytes())
    };
    parameters.iter().fold(begin, add).finish()
}
