//! Whether hours that were detected already would be detected the same way.

use super::{Detection, History, Plan};
use crate::domain::format::counted;
use crate::domain::hour::Hour;
use crate::error::{Advice, Error, Result};
use crate::pipeline::staleness;
use crate::store::detections::frontier;

/// How many parameters, and hours of each, an error names.
const NAMED: usize = 5;

impl Detection<'_> {
    /// Refuses to go on where the hours that were asked for again are stale.
    ///
    /// # Errors
    /// When they are: the error says why. When an object is missing or damaged, which is named; or when it was stopped.
    pub fn refuse_stale(&self, plan: &Plan, history: &History) -> Result<()> {
        let detected = &history.detected;
        let (false, Some(end)) = (plan.again.is_empty(), frontier(detected)) else { return Ok(()) };
        let time = |hour: Hour| self.rules.zone.rfc3339(hour.start());
        let of_again = detected
            .iter()
            .filter(|stretch| stretch.facts.to > plan.again.start && stretch.facts.from < plan.again.end);
        for stretch in of_again {
            if stretch.run.settings.sha256 != self.settings.digest {
                return Err(stays(Error::failed(format!(
                    "from {} to {} it was detected with settings {}, but settings {} are in force now",
                    time(stretch.facts.from),
                    time(stretch.facts.to),
                    stretch.run.settings.number,
                    self.settings.number
                ))));
            }
        }
        // from the first hour on: what comes late makes everything after it stale
        let covered = detected.iter().map(|stretch| stretch.facts.from).min().unwrap_or(end)..end;
        let measured = self.reader.input_digests(covered.clone(), self.reading)?;
        let mut stale = staleness::of(self.store, &history.runs, &covered, &measured, self.reading)?;
        stale.retain(|(_, stale)| stale.causes[0].0 < plan.again.end);
        if stale.is_empty() {
            return Ok(());
        }
        let hours: usize = stale.iter().map(|(_, stale)| stale.hours.len()).sum();
        let mut error = Error::failed(format!(
            "{} of {} are stale: they were judged before all of their data was there",
            counted(hours as u64, "hour"),
            counted(stale.len() as u64, "parameter")
        ));
        for (parameter, stale) in stale.iter().take(NAMED) {
            let causes: Vec<String> = stale.causes.iter().take(NAMED).map(|(hour, _)| time(*hour)).collect();
            error = error.hint(format!(
                "{}: {}, since data of {} came later",
                parameter.name.escape_debug(),
                counted(stale.hours.len() as u64, "hour"),
                causes.join(", ")
            ));
        }
        Err(stays(error))
    }
}

fn stays(error: Error) -> Error {
    error.advise(Advice::Replay).hint("to go on from where detection has come to, leave out --from")
}
