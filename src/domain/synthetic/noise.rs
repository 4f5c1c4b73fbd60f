//! Random deviations: normal, heavy-tailed, and counts. Each is a function of random bits alone.

#![expect(clippy::excessive_precision, reason = "coefficients are as published")]

use super::random::{Draws, uniform};

/// How values scatter around their level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// Normally distributed.
    Normal,
    /// Student's t with 3 degrees of freedom, scaled to unit variance: many small deviations, a few very large ones.
    Heavy,
    /// Whole numbers: Poisson distributed, with the level as mean.
    Counts,
}

/// A standard normal deviate: the inverse of the distribution function at a uniform number.
#[must_use]
pub fn normal(bits: u64) -> f64 {
    normal_quantile(uniform(bits))
}

/// A deviate of Student's t with 3 degrees of freedom, scaled from its variance of 3 to variance 1:
/// t₃ = Z / √(χ²₃/3), so t₃/√3 = Z / √χ²₃, with χ²₃ the sum of three squared normal deviates.
#[must_use]
pub fn heavy(bits: u64) -> f64 {
    let mut draws = Draws::new(bits);
    let [a, b, c] = [normal(draws.bits()), normal(draws.bits()), normal(draws.bits())];
    normal(bits) / (a * a + b * b + c * c).sqrt()
}

/// A Poisson deviate of this mean (0 or more; 0 gives 0).
///
/// Below 10 by sequential search of the distribution function (Devroye 1986, "Non-uniform random variate generation",
/// X.3.3), from 10 by transformed rejection (Hörmann 1993, "The transformed rejection method for generating Poisson
/// random variables", algorithm PTRS).
#[must_use]
pub fn poisson(mean: f64, bits: u64) -> f64 {
    if mean < 10.0 { poisson_small(mean, uniform(bits)) } else { poisson_large(mean, &mut Draws::new(bits)) }
}

fn poisson_small(mean: f64, uniform: f64) -> f64 {
    let mut count = 0.0;
    let mut probability = libm::exp(-mean);
    let mut rest = uniform;
    while rest > probability && count < 100.0 {
        rest -= probability;
        count += 1.0;
        probability *= mean / count;
    }
    count
}

fn poisson_large(mean: f64, draws: &mut Draws) -> f64 {
    let b = 0.931 + 2.53 * mean.sqrt();
    let a = -0.059 + 0.02483 * b;
    let quick = 0.9277 - 3.6224 / (b - 2.0);
    loop {
        let u = draws.uniform() - 0.5;
        let v = draws.uniform();
        let us = 0.5 - u.abs();
        let count = ((2.0 * a / us + b) * u + mean + 0.43).floor();
        if us >= 0.07 && v <= quick {
            return count;
        }
        if count < 0.0 || (us < 0.013 && v > us) {
            continue;
        }
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let left = libm::log(v * inverse_alpha / (a / (us * us) + b));
        if left <= count * libm::log(mean) - mean - libm::lgamma(count + 1.0) {
            return count;
        }
    }
}

/// The value below which a standard normal deviate lies with this probability (between 0 and 1): algorithm AS 241,
/// PPND16 (Wichura 1988, "The percentage points of the normal distribution"), accurate to about 1 part in 10¹⁶.
#[must_use]
pub fn normal_quantile(probability: f64) -> f64 {
    let q = probability - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * polynomial(&CENTRE_ABOVE, r) / polynomial(&CENTRE_BELOW, r);
    }
    let tail = if q < 0.0 { probability } else { 1.0 - probability };
    let r = (-libm::log(tail)).sqrt();
    let size = if r <= 5.0 {
        polynomial(&NEAR_ABOVE, r - 1.6) / polynomial(&NEAR_BELOW, r - 1.6)
    } else {
        polynomial(&FAR_ABOVE, r - 5.0) / polynomial(&FAR_BELOW, r - 5.0)
    };
    if q < 0.0 { -size } else { size }
}

/// Horner's rule; the highest power comes first.
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients[1..].iter().fold(coefficients[0], |sum, coefficient| sum * x + coefficient)
}

const CENTRE_ABOVE: [f64; 8] = [
    2_509.080_928_730_122_672_7,
    33_430.575_583_588_128_105,
    67_265.770_927_008_700_853,
    45_921.953_931_549_871_457,
    13_731.693_765_509_461_125,
    1_971.590_950_306_551_442_7,
    133.141_667_891_784_377_45,
    3.387_132_872_796_366_608,
];
const CENTRE_BELOW: [f64; 8] = [
    5_226.495_278_852_854_561,
    28_729.085_735_721_942_674,
    39_307.895_800_092_710_61,
    21_213.794_301_586_595_867,
    5_394.196_021_424_751_107_7,
    687.187_007_492_057_908_3,
    42.313_330_701_600_911_252,
    1.0,
];
const NEAR_ABOVE: [f64; 8] = [
    7.745_450_142_783_414_076_4e-4,
    2.272_384_498_926_918_458_33e-2,
    2.417_807_251_774_506_117_7e-1,
    1.270_458_252_452_368_382_58,
    3.647_848_324_763_204_605_04,
    5.769_497_221_460_691_405_5,
    4.630_337_846_156_545_295_9,
    1.423_437_110_749_683_577_34,
];
const NEAR_BELOW: [f64; 8] = [
    1.050_750_071_644_416_843_24e-9,
    5.475_938_084_995_344_946e-4,
    1.519_866_656_361_645_719_66e-2,
    1.481_039_764_274_800_745_9e-1,
    6.897_673_349_851_000_045_5e-1,
    1.676_384_830_183_803_849_4,
    2.053_191_626_637_758_821_87,
    1.0,
];
const FAR_ABOVE: [f64; 8] = [
    2.010_334_399_292_288_132_65e-7,
    2.711_555_568_743_487_578_15e-5,
    1.242_660_947_388_078_438_6e-3,
    2.653_218_952_657_612_309_3e-2,
    2.965_605_718_285_048_912_3e-1,
    1.784_826_539_917_291_335_8,
    5.463_784_911_164_114_369_9,
    6.657_904_643_501_103_777_2,
];
const FAR_BELOW: [f64; 8] = [
    2.044_263_103_389_939_785_64e-15,
    1.421_511_758_316_445_888_7e-7,
    1.846_318_317_510_054_681_8e-5,
    7.868_691_311_456_132_591e-4,
    1.487_536_129_085_061_485_25e-2,
    1.369_298_809_227_358_053_1e-1,
    5.998_322_065_558_879_376_9e-1,
    1.0,
];

#[cfg(test)]
mod tests {
    use super::super::random::{Purpose, Stream};
    use super::*;

    /// Mean, variance, and the share of deviates beyond three standard deviations.
    fn moments(seed: u64, deviate: impl Fn(u64) -> f64) -> (f64, f64, f64) {
        const COUNT: usize = 400_000;
        let mut stream = Stream::new(seed, Purpose::Noise, 0, 0);
        let values: Vec<f64> = (0..COUNT).map(|_| deviate(stream.bits())).collect();
        let count = COUNT as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let beyond = values.iter().filter(|value| (*value - mean).abs() > 3.0 * variance.sqrt()).count();
        (mean, variance, beyond as f64 / count)
    }

    /// Against the distribution function from the error function of another source.
    #[test]
    fn the_normal_quantile_inverts_the_distribution_function() {
        for exponent in 1..=300 {
            let tail = 0.9 * libm::pow(10.0, -f64::from(exponent) / 20.0);
            for probability in [tail, 1.0 - tail] {
                let back = libm::erfc(-normal_quantile(probability) / std::f64::consts::SQRT_2) / 2.0;
                assert!((back / probability - 1.0).abs() < 1e-13, "{probability} came back as {back}");
            }
        }
        assert_eq!(normal_quantile(0.5), 0.0);
    }

    /// With 400,000 deviates the mean is within 4/√400000 = 0.0063, the variance within 4·√(2/400000) = 0.009, and the
    /// share beyond three sigma (0.0027) within 4·√(0.0027/400000) = 0.00033, each in four standard errors.
    #[test]
    fn normal_noise_has_the_moments_of_a_normal_distribution() {
        for seed in 1..=3 {
            let (mean, variance, beyond) = moments(seed, normal);
            assert!(mean.abs() < 0.0063, "mean {mean}");
            assert!((variance - 1.0).abs() < 0.009, "variance {variance}");
            assert!((beyond - 0.0027).abs() < 0.00033, "beyond {beyond}");
        }
    }

    /// Of Student's t with 3 degrees of freedom, 1.38 % lies beyond three standard deviations (|t| > 3√3), five times
    /// as much as of a normal distribution, and half lies within |t| < 0.7649. Its fourth moment is infinite, so the
    /// variance of a sample scatters widely and the quantiles are what is tested.
    #[test]
    fn heavy_noise_has_the_quantiles_of_student_t_with_3_degrees_of_freedom() {
        let mut stream = Stream::new(1, Purpose::Noise, 0, 0);
        let values: Vec<f64> = (0..400_000).map(|_| heavy(stream.bits())).collect();
        let share = |limit: f64| values.iter().filter(|value| value.abs() > limit).count() as f64 / 400_000.0;
        assert!((share(0.764_892 / 3_f64.sqrt()) - 0.5).abs() < 0.0032);
        assert!((share(3.0) - 0.013_847).abs() < 0.000_75);
        assert!((values.iter().sum::<f64>() / 400_000.0).abs() < 0.0063);
    }

    /// The variance of counts is their mean λ. Four standard errors: of the mean 4·√(λ/n), of the variance
    /// 4·√((λ + 2λ²)/n).
    #[test]
    fn counts_have_their_level_as_mean_and_as_variance() {
        for level in [0.3, 2.0, 9.9, 10.0, 40.0, 1_200.0] {
            let (mean, variance, _) = moments(5, |bits| poisson(level, bits));
            assert!((mean - level).abs() < 4.0 * (level / 4e5).sqrt(), "mean {mean} of {level}");
            let error = ((level + 2.0 * level * level) / 4e5).sqrt();
            assert!((variance - level).abs() < 4.0 * error, "variance {variance} of {level}");
        }
        assert_eq!(poisson(0.0, u64::MAX), 0.0);
    }

    /// The whole distribution on both sides of the change of method, by χ² with 29 classes: 60 is its 99.94 % point.
    #[test]
    fn counts_follow_the_poisson_distribution() {
        for mean in [9.5, 12.0] {
            const COUNT: usize = 200_000;
            let mut stream = Stream::new(11, Purpose::Noise, 0, 0);
            let mut seen = [0.0_f64; 30];
            for _ in 0..COUNT {
                seen[(poisson(mean, stream.bits()) as usize).min(29)] += 1.0;
            }
            let mut probability = libm::exp(-mean);
            let mut chi_squared = 0.0;
            for (count, seen) in seen.iter().enumerate().take(29) {
                let expected = probability * COUNT as f64;
                if expected > 5.0 {
                    chi_squared += (seen - expected).powi(2) / expected;
                }
                probability *= mean / (count as f64 + 1.0);
            }
            assert!(chi_squared < 60.0, "χ² of {chi_squared} for a mean of {mean}");
        }
    }
}
