//! What is simulated: which parameters there are, and how they behave.

use super::cycle::Rhythm;

/// A kind of system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// A web shop: busy by day, less at the weekend.
    Web,
    /// Batch processing: busy at night.
    Batch,
    /// Sensors: they follow the sun.
    Iot,
    /// Constant levels.
    Flat,
}

/// How one kind of parameter behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// The dotted name.
    pub name: &'static str,
    /// The mean level, in the parameter's unit.
    pub level: f64,
    /// The largest deviation of the cycle from the mean, as a share of the level; below 1.
    pub swing: f64,
    /// The standard deviation of the noise, as a share of the level.
    pub noise: f64,
}

const fn profile(name: &'static str, level: f64, swing: f64, noise: f64) -> Profile {
    Profile { name, level, swing, noise }
}

const WEB: [Profile; 10] = [
    profile("cpu", 42.0, 0.45, 0.04),              // %
    profile("http.latency.p95", 180.0, 0.3, 0.05), // ms
    profile("http.requests", 1_200.0, 0.7, 0.03),  // 1/s
    profile("http.errors", 14.0, 0.5, 0.08),       // 1/min
    profile("memory", 61.0, 0.1, 0.01),            // %
    profile("http.latency.p50", 45.0, 0.2, 0.04),  // ms
    profile("db.connections", 85.0, 0.5, 0.05),    // open
    profile("db.query.time", 12.0, 0.25, 0.06),    // ms
    profile("cache.hits", 94.0, 0.02, 0.006),      // %
    profile("orders", 36.0, 0.8, 0.1),             // 1/min
];

const BATCH: [Profile; 8] = [
    profile("job.duration", 310.0, 0.4, 0.05), // s
    profile("job.rows", 84_000.0, 0.7, 0.04),  // per run
    profile("queue.depth", 230.0, 0.75, 0.06), // waiting
    profile("worker.busy", 38.0, 0.7, 0.04),   // %
    profile("disk.read", 145.0, 0.6, 0.06),    // MB/s
    profile("disk.write", 92.0, 0.6, 0.06),    // MB/s
    profile("memory", 57.0, 0.2, 0.02),        // %
    profile("job.retries", 4.5, 0.4, 0.1),     // per run
];

const IOT: [Profile; 8] = [
    profile("temperature", 21.5, 0.25, 0.012),     // °C
    profile("humidity", 48.0, 0.15, 0.015),        // %
    profile("pressure", 1_013.0, 0.003, 0.000_5),  // hPa
    profile("power", 640.0, 0.5, 0.04),            // W
    profile("battery.voltage", 3.71, 0.02, 0.003), // V
    profile("co2", 620.0, 0.3, 0.03),              // ppm
    profile("light", 410.0, 0.9, 0.05),            // lx
    profile("vibration", 1.8, 0.1, 0.07),          // mm/s
];

const FLAT: [Profile; 5] = [
    profile("level", 100.0, 0.0, 0.02),
    profile("ratio", 0.5, 0.0, 0.03),
    profile("load", 2.4, 0.0, 0.05),
    profile("size", 5_000.0, 0.0, 0.01),
    profile("rate", 30.0, 0.0, 0.06),
];

impl Preset {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 4] = [Self::Web, Self::Batch, Self::Iot, Self::Flat];

    /// The kinds of parameters there are, the most telling first.
    #[must_use]
    pub fn profiles(self) -> &'static [Profile] {
        match self {
            Self::Web => &WEB,
            Self::Batch => &BATCH,
            Self::Iot => &IOT,
            Self::Flat => &FLAT,
        }
    }

    /// What a week looks like.
    #[must_use]
    pub fn rhythm(self) -> Rhythm {
        match self {
            Self::Web => Rhythm::Business,
            Self::Batch => Rhythm::Night,
            Self::Iot => Rhythm::Sun,
            Self::Flat => Rhythm::None,
        }
    }

    /// What the sources of the records are called, before their number.
    #[must_use]
    pub fn host(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Batch => "worker",
            Self::Iot => "sensor",
            Self::Flat => "source",
        }
    }

    /// The names and profiles of `count` parameters. Where there are more of them than profiles, each has a number
    /// (`cpu.07`), and those with the same number come from the same host.
    #[must_use]
    pub fn parameters(self, count: usize) -> Vec<(String, Profile)> {
        let profiles = self.profiles();
        if count <= profiles.len() {
            return profiles[..count].iter().map(|profile| (profile.name.to_owned(), *profile)).collect();
        }
        let width = count.div_ceil(profiles.len()).to_string().len().max(2);
        let named = |index: usize| {
            let profile = profiles[index % profiles.len()];
            (format!("{}.{:0width$}", profile.name, index / profiles.len() + 1), profile)
        };
        (0..count).map(named).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Names become nested objects, so none may be the beginning of another.
    #[test]
    fn no_name_is_the_parent_of_another() {
        for (preset, count) in Preset::ALL.into_iter().flat_map(|preset| [5, 1000].map(|count| (preset, count))) {
            let names: BTreeSet<String> = preset.parameters(count).into_iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), count);
            for name in &names {
                let parents = name.match_indices('.').map(|(place, _)| &name[..place]);
                assert!(parents.into_iter().all(|parent| !names.contains(parent)), "{name}");
            }
        }
    }

    #[test]
    fn many_parameters_are_numbered() {
        let names: Vec<String> = Preset::Flat.parameters(7).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["level.01", "ratio.01", "load.01", "size.01", "rate.01", "level.02", "ratio.02"]);
        assert_eq!(Preset::Web.parameters(1)[0].0, "cpu");
    }

    #[test]
    fn the_cycle_never_reaches_zero() {
        assert!(Preset::ALL.into_iter().flat_map(Preset::profiles).all(|profile| profile.swing < 1.0));
    }
}
