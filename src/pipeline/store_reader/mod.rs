//! Measurements of a dataset, read back from its store: in canonical order, on all cores, in bounded memory.
//!
//! A store keeps them by hours, and within an hour by parameter; what folds them goes through the hours one after the
//! other, for each parameter by itself. So [`StoreReader::read`] takes some hours at a time, a [`Window`]: their objects are
//! read, checked and decoded in parallel; and [`Window::fold`] then hands them on in parallel over the parameters. A
//! window always has whole hours, so how hours are put together to windows changes nothing.

mod origin;
mod window;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;

pub use self::origin::Wanted;
pub use self::window::{HourData, Stretch, Window};

use crate::domain::dataset::Dataset;
use crate::domain::digest::{InputDigest, Sha256};
use crate::domain::hour::Hour;
use crate::domain::interval::{self, DAY};
use crate::domain::measurement::Millis;
use crate::domain::parameters::Parameter;
use crate::domain::zone::Zone;
use crate::error::{Advice, Error, Result};
use crate::interrupt::Stop;
use crate::parallel::{ahead, ordered_map};
use crate::store::Store;
use crate::store::layout::{self, DataType, Name, ObjectName, Partition};
use crate::store::runs::{self, ObjectUsed, Run};

/// How many bytes of objects a window has at most, unless it is of one hour. Decoded they are two to ten times as many,
/// and while a window is worked on the next one is read.
const WINDOW_BYTES: u64 = 1 << 19;

/// How many hours a window has at most, with or without measurements: what comes out of a window waits for its end, and
/// also an hour in which nothing came has something to say of each parameter, as of its state at midnight.
const WINDOW_HOURS: i64 = 24;

/// Of how many days each is listed by itself.
const LISTED_DAYS: usize = 7;

/// The measurements of a dataset that readers see.
#[derive(Clone, Debug)]
pub struct StoreReader {
    store: Store,
    dataset: Dataset,
    /// The measurements of each hour, in the order of their numbers.
    hours: BTreeMap<Hour, Vec<Object>>,
    /// The digests of the objects with the records that they were taken out of, by hour and number.
    raw: BTreeMap<(Hour, u32), Sha256>,
}

/// How to read.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// On so many threads; results do not depend on it.
    pub threads: usize,
    /// Ends the work.
    pub stop: &'a Stop,
    /// Is told, now and then, how much is done, from 0 to 1.
    pub progress: &'a (dyn Fn(f64) + Sync),
}

/// An object with measurements.
#[derive(Clone, Debug)]
struct Object {
    number: u32,
    used: ObjectUsed,
}

impl StoreReader {
    /// Looks up what is there. `runs` are all completed runs of the dataset.
    ///
    /// # Errors
    /// When the store can't be read, or has a file among its measurements that does not belong there.
    pub fn open(store: &Store, dataset: &Dataset, runs: &[Run]) -> Result<Self> {
        let known = runs::visible_in(runs, DataType::Measurements);
        let mut hours: BTreeMap<Hour, Vec<Object>> = BTreeMap::new();
        for found in runs::named(store, &known) {
            let (name, used) = found?;
            let (hour, number) = place(&name, dataset).ok_or_else(|| {
                Error::failed(format!("a run of {dataset} has written {}, which is not of it", used.name))
                    .hint("its document was changed by hand")
            })?;
            // most hours have one
            hours.entry(hour).or_insert_with(|| Vec::with_capacity(1)).push(Object { number, used: used.clone() });
        }
        let mut raw = BTreeMap::new();
        for found in runs::named(store, &runs::visible_in(runs, DataType::Raw)) {
            let (name, used) = found?;
            raw.extend(place(&name, dataset).map(|place| (place, used.sha256)));
        }
        for objects in hours.values_mut() {
            objects.sort_by_key(|object| object.number);
        }
        Ok(Self { store: store.clone(), dataset: dataset.clone(), hours, raw })
    }

    /// The hours that have measurements, in order.
    pub fn hours(&self) -> impl DoubleEndedIterator<Item = Hour> {
        self.hours.keys().copied()
    }

    /// The first hour that has measurements, and the one after the last; `None` where there are none.
    #[must_use]
    pub fn range(&self) -> Option<Range<Hour>> {
        Some(*self.hours.keys().next()?..self.hours.keys().next_back()?.next())
    }

    /// The end of complete history: see [`interval::end_of_complete_history`]. `None` where there is none.
    #[must_use]
    pub fn complete_until(&self, now: Millis) -> Option<Hour> {
        let newest = self.range()?.end - 1;
        Some(interval::end_of_complete_history(newest.start(), now))
    }

    /// The hours that have measurements and have not begun yet, in order: where clocks or zones are wrong.
    pub fn in_the_future(&self, now: Millis) -> impl ExactSizeIterator<Item = Hour> {
        let hours: Vec<Hour> = self.hours.range(Hour::of(now).next()..).map(|(hour, _)| *hour).collect();
        hours.into_iter()
    }

    /// The objects with the measurements of these hours, in order.
    pub fn objects(&self, hours: Range<Hour>) -> impl Iterator<Item = &ObjectUsed> {
        self.within(hours).flat_map(|(_, objects)| objects).map(|object| &object.used)
    }

    /// Whether these hours have measurements.
    #[must_use]
    pub fn has(&self, hours: Range<Hour>) -> bool {
        self.within(hours).next().is_some()
    }

    /// The same with nothing but these objects in these hours; `None` if one of them is not there.
    #[must_use]
    pub fn only(&self, hours: Range<Hour>, objects: &[ObjectUsed]) -> Option<Self> {
        let wanted: HashMap<&str, &Sha256> =
            objects.iter().map(|object| (object.name.as_str(), &object.sha256)).collect();
        let mut reader = self.clone();
        let mut found = 0;
        for (_, objects) in reader.hours.range_mut(hours) {
            objects.retain(|object| wanted.get(object.used.name.as_str()) == Some(&&object.used.sha256));
            found += objects.len();
        }
        reader.hours.retain(|_, objects| !objects.is_empty());
        (found == wanted.len()).then_some(reader)
    }

    fn within(&self, hours: Range<Hour>) -> impl Iterator<Item = (Hour, &[Object])> {
        // an empty range may be the wrong way round
        let hours = hours.start..hours.end.max(hours.start);
        self.hours.range(hours).map(|(hour, objects)| (*hour, objects.as_slice()))
    }

    /// The error for hours without measurements: it says which hours have some.
    #[must_use]
    pub fn nothing_in(&self, hours: Range<Hour>, zone: Zone) -> Error {
        let text = |hours: &Range<Hour>| {
            format!("from {} to {}", zone.rfc3339(hours.start.start()), zone.rfc3339(hours.end.start()))
        };
        match self.range() {
            None => Error::failed(format!("{} has no measurements in {}", self.dataset, self.store.place()))
                .advise(Advice::BringDataIn),
            Some(range) => Error::failed(format!("{} has no measurements {}", self.dataset, text(&hours)))
                .hint(format!("there are some {}", text(&range))),
        }
    }

    /// Reads hours, a window after the other. `look` looks at each hour on its own, in parallel; `each` then gets the
    /// windows in the order of time, with what `look` has said of their hours.
    ///
    /// # Errors
    /// When an object is missing or damaged, which is named; when it was stopped; and those of `each`.
    pub fn read<T: Send>(
        &self,
        hours: Range<Hour>,
        reading: Reading,
        look: impl Fn(&HourData) -> T + Sync,
        mut each: impl FnMut(Window, Vec<T>) -> Result<()>,
    ) -> Result<()> {
        self.check(&hours)?;
        let all: u64 = self.objects(hours.clone()).map(|object| object.bytes).sum();
        let mut read = 0;
        let threads = self.store.reading_threads(reading.threads);
        ahead(
            threads > 1,
            |give| self.read_windows(hours, threads, reading, &look, give),
            |(window, seen): (Window, Vec<T>)| {
                read += self.objects(window.hours.clone()).map(|object| object.bytes).sum::<u64>();
                each(window, seen)?;
                (reading.progress)(read as f64 / all.max(1) as f64);
                Ok(())
            },
        )
    }

    /// Checks that where these hours lie nothing is but measurements. Few days are listed one by one.
    fn check(&self, hours: &Range<Hour>) -> Result<()> {
        let day = |(hour, _): (Hour, _)| hour.start().div_euclid(DAY) * DAY;
        let days: BTreeSet<Millis> = self.within(hours.clone()).map(day).collect();
        if days.len() > LISTED_DAYS {
            return self.check_folder(&DataType::Measurements.folder(&self.dataset), self.hours.values());
        }
        days.into_iter().try_for_each(|date| {
            let partition = Partition { date: Some(date), ..Partition::default() };
            let folder = layout::partition_folder(DataType::Measurements, &self.dataset, &partition);
            let of_day = self.hours.range(Hour::of(date)..Hour::of(date + DAY));
            self.check_folder(&folder, of_day.map(|(_, objects)| objects))
        })
    }

    fn check_folder<'a>(&self, folder: &str, known: impl Iterator<Item = &'a Vec<Object>>) -> Result<()> {
        let known: HashSet<&str> = known.flatten().map(|object| object.used.name.as_str()).collect();
        self.store.check(folder, |key| known.contains(key))
    }

    /// Reads hours on so many threads, and hands them on in windows. An error of nothing is `give`'s.
    fn read_windows<T: Send>(
        &self,
        hours: Range<Hour>,
        threads: usize,
        reading: Reading,
        look: &(impl Fn(&HourData) -> T + Sync),
        give: &mut dyn FnMut((Window, Vec<T>)) -> Result<(), Option<Error>>,
    ) -> Result<(), Option<Error>> {
        let mut windows = self.windows(hours.clone()).into_iter().map(|hours| (Window::new(hours), Vec::new()));
        let mut current = windows.next();
        let decode = |(hour, objects)| {
            reading.stop.check()?;
            let data = self.decode(hour, objects)?;
            let looked = look(&data);
            Ok((data, looked))
        };
        ordered_map(threads, self.within(hours), decode, |decoded: Result<_>| {
            let (data, looked) = decoded.map_err(Some)?;
            while current.as_ref().is_some_and(|(window, _)| window.hours.end <= data.hour) {
                std::mem::replace(&mut current, windows.next()).map_or(Ok(()), &mut *give)?;
            }
            if let Some((window, seen)) = &mut current {
                window.push(data);
                seen.push(looked);
            }
            Ok::<(), Option<Error>>(())
        })?;
        current.map_or(Ok(()), give)
    }

    /// The digests of the measurements of each parameter, by hour.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn input_digests(
        &self,
        hours: Range<Hour>,
        reading: Reading,
    ) -> Result<BTreeMap<Parameter, Vec<(Hour, InputDigest)>>> {
        let mut digests: BTreeMap<Parameter, Vec<(Hour, InputDigest)>> = BTreeMap::new();
        self.read(hours, reading, HourData::input_digests, |window, seen| {
            for (hour, of_hour) in window.present().zip(seen) {
                for (parameter, digest) in of_hour {
                    digests.entry(parameter).or_default().push((hour, digest));
                }
            }
            Ok(())
        })?;
        Ok(digests)
    }

    /// Hours cut to windows, each of so many bytes and hours at most; together they are all the hours that were asked for.
    fn windows(&self, hours: Range<Hour>) -> Vec<Range<Hour>> {
        let mut windows = Vec::new();
        let (mut start, mut bytes) = (hours.start, 0);
        let mut cut_at = |start: &mut Hour, end| {
            while end - *start > WINDOW_HOURS {
                windows.push(*start..*start + WINDOW_HOURS);
                *start = *start + WINDOW_HOURS;
            }
            windows.push(std::mem::replace(start, end)..end);
        };
        for (hour, objects) in self.within(hours.clone()) {
            let more: u64 = objects.iter().map(|object| object.used.bytes).sum();
            if hour > start && (bytes + more > WINDOW_BYTES || hour - start >= WINDOW_HOURS) {
                cut_at(&mut start, hour);
                bytes = 0;
            }
            bytes += more;
        }
        if start < hours.end {
            cut_at(&mut start, hours.end);
        }
        windows
    }
}

/// The hour of an object of a dataset, and its number in it.
fn place(name: &ObjectName, dataset: &Dataset) -> Option<(Hour, u32)> {
    let Name::Number(number) = name.name else { return None };
    let start = name.partition.start().filter(|_| name.dataset == *dataset)?;
    Some((Hour::of(start), number))
}

#[cfg(test)]
mod tests;
