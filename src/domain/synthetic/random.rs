//! Randomness that can be read at any place: a counter-based stream for each purpose and parameter, so that any part
//! of a data set can be made alone, in any order, by any thread, and is always the same.

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

/// What random numbers are used for; each purpose has streams of its own, so that asking for late records, say, does
/// not change the noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The noise of a parameter, by sample.
    Noise,
    /// Which samples of a parameter are missing.
    Missing,
    /// Where the anomalies of a parameter lie.
    Anomalies,
    /// Which records come late or twice, by step.
    Delivery,
    /// Events, by minute.
    Events,
    /// Log lines, by minute.
    Logs,
}

/// An endless row of 64-bit numbers that can be read from any place on: ChaCha with 8 rounds (Bernstein 2008), whose
/// key is the seed, whose nonce is the purpose and parameter, and whose counter is the place.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of a purpose for the parameter (or group of parameters) with this index, from number `place` on.
    #[must_use]
    pub fn new(seed: u64, purpose: Purpose, index: usize, place: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream((purpose as u64) << 56 | index as u64);
        generator.set_word_pos(u128::from(place) * 2); // words have 32 bits
        Self(generator)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// The next number as the seed of a short sequence.
    pub fn draws(&mut self) -> Draws {
        Draws(self.bits())
    }
}

/// A short sequence of random numbers grown from one number of a [`Stream`]: SplitMix64 (Steele, Lea and Flood 2014,
/// "Fast splittable pseudorandom number generators", fig. 16 with the constants of variant 13).
#[derive(Clone, Debug)]
pub struct Draws(u64);

impl Draws {
    /// The sequence that grows from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number between 0 and 1, neither of them included.
    pub fn uniform(&mut self) -> f64 {
        uniform(self.bits())
    }

    /// A whole number below `end`, or 0 where there is none: the high half of a product (Lemire 2019, without the
    /// rejection: its bias is below 2⁻³² for any `end` used here).
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(end)) >> 64) as u64
    }
}

/// 64 random bits as a number between 0 and 1, neither of them included: the middle of one of 2⁵² equal parts.
#[must_use]
pub fn uniform(bits: u64) -> f64 {
    const PART: f64 = 1.0 / (1_u64 << 52) as f64;
    ((bits >> 12) as f64 + 0.5) * PART
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_read_from_the_middle_continues_as_from_the_start() {
        let mut whole = Stream::new(7, Purpose::Noise, 3, 0);
        let numbers: Vec<u64> = (0..100).map(|_| whole.bits()).collect();
        for place in [1, 31, 32, 63, 99] {
            let mut part = Stream::new(7, Purpose::Noise, 3, place as u64);
            assert_eq!(part.bits(), numbers[place]);
        }
    }

    #[test]
    fn seeds_purposes_and_parameters_have_streams_of_their_own() {
        let first = |seed, purpose, index| Stream::new(seed, purpose, index, 0).bits();
        let all = [
            first(1, Purpose::Noise, 0),
            first(2, Purpose::Noise, 0),
            first(1, Purpose::Missing, 0),
            first(1, Purpose::Noise, 1),
        ];
        for (index, number) in all.iter().enumerate() {
            assert!(!all[..index].contains(number));
        }
    }

    #[test]
    fn uniform_numbers_stay_inside_their_bounds() {
        assert!(uniform(0) > 0.0);
        assert!(uniform(u64::MAX) < 1.0);
        let mut draws = Draws::new(1);
        assert!((0..10_000).all(|_| draws.below(7) < 7));
        assert_eq!(draws.below(0), 0);
    }

    /// The first numbers of the published reference implementation with seed 1234567.
    #[test]
    fn short_sequences_are_splitmix64() {
        let mut draws = Draws::new(1_234_567);
        let numbers = [draws.bits(), draws.bits(), draws.bits()];
        assert_eq!(numbers, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }
}
