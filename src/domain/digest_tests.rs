use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::domain::hour::Hour;

/// Any double, by its bits.
fn any_value() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits)
}

fn measurements() -> impl Strategy<Value = Vec<(Millis, f64)>> {
    prop::collection::vec((any::<i64>(), any_value()), 0..60)
}

fn digest(measurements: &[(Millis, f64)]) -> InputDigest {
    let mut digest = InputDigest::EMPTY;
    measurements.iter().for_each(|&(time, value)| digest.add(time, value));
    digest
}

/// FIPS 180-2, appendix B.1.
#[test]
fn sha256_is_the_standard_one() {
    let abc = Sha256::of(b"abc");
    assert_eq!(abc.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(abc.short(), "ba7816bf8f01cfea");
    assert_eq!(abc.to_string().parse(), Ok(abc));
}

#[test]
fn only_lower_case_digits_of_the_right_number_are_a_digest() {
    let good = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert!(good.parse::<StateDigest>().is_ok());
    for wrong in [&good[1..], &good.to_uppercase(), &good.replace('b', "g"), "", &format!("{good}00"), &"é".repeat(32)]
    {
        assert!(wrong.parse::<Sha256>().is_err(), "{wrong}");
    }
    assert_eq!(
        "\u{7}".parse::<InputDigest>().unwrap_err().to_string(),
        "`\\u{7}` is not a digest in lower-case hexadecimal digits"
    );
}

#[test]
fn fields_can_not_run_into_each_other() {
    let of = |fields: &[&str]| fields.iter().fold(Fields::of("test"), |digest, text| digest.text(text)).finish();
    let all = [of(&[]), of(&[""]), of(&["ab", "c"]), of(&["a", "bc"]), of(&["abc"]), of(&["abc", ""])];
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    assert_ne!(Fields::of("one").finish(), Fields::of("two").finish());
}

/// What stores hold must never change. By Python's xxhash 4.1: `xxh3_128(struct.pack("<qd", time, value))`, summed.
#[test]
fn the_digest_of_a_measurement_is_fixed() {
    assert_eq!(digest(&[(1_704_067_200_000, 42.5)]).to_string(), "0cde5f6b2bd414a3e088de67dee8a178");
    assert_eq!(digest(&[(1_704_067_200_000, 42.5), (-1, -0.0)]).to_string(), "318d419739bdd09a687fa21d9e776033");
}

/// By Python's hashlib.
#[test]
fn the_digest_of_a_state_is_fixed() {
    let begin = StateDigest::before_all("cpu", &["adaptive@2"]);
    assert_eq!(begin.to_string(), "c52a66b98c3cd8f4a0e84ec1db67677cafb88f55abce8df819586c81ef434571");
    let after = begin.after(Hour::new(473_352), digest(&[(1_704_067_200_000, 42.5)]), 3);
    assert_eq!(after.to_string(), "132668ec6cda3cc4fdf53748872f9199f7a10feaa0fc19b17dfbb9567eaa5e37");
}

#[test]
fn the_sign_of_zero_counts() {
    assert_ne!(digest(&[(5, 0.0)]), digest(&[(5, -0.0)]));
}

/// A round time and a round value have few bits that vary: none of a large grid may collide, nor may the grid's
/// rectangles, which is where values would be swapped between times.
#[test]
fn regular_measurements_do_not_collide() {
    let (times, values) = (0..300, 0..300);
    let grid: Vec<u128> = times
        .flat_map(|time| values.clone().map(move |value| digest(&[(time * 60_000, f64::from(value))]).0))
        .collect();
    assert_eq!(grid.iter().collect::<HashSet<_>>().len(), grid.len());
    // H(a, x) − H(b, x) differs for each x, or x and y could be swapped between a and b
    let differences: HashSet<u128> = (1..300)
        .flat_map(|row| (0..300).map(move |column| (row, column)))
        .map(|(row, column)| grid[row * 300 + column].wrapping_sub(grid[column]))
        .collect();
    assert_eq!(differences.len(), 299 * 300);
}

/// A change of any bit changes about half of the digest's.
#[test]
fn every_bit_counts_for_all_of_the_digest() {
    let (time, value) = (1_704_067_200_000_i64, 42.5_f64);
    let before = digest(&[(time, value)]).0;
    for bit in 0..64 {
        for after in
            [digest(&[(time ^ 1 << bit, value)]), digest(&[(time, f64::from_bits(value.to_bits() ^ 1_u64 << bit))])]
        {
            assert!((30..=98).contains(&(before ^ after.0).count_ones()), "bit {bit}");
        }
    }
}

#[test]
fn the_state_depends_on_all_that_came_before() {
    let (one, two) = (digest(&[(1, 1.0)]), digest(&[(1, 2.0)]));
    let begin = StateDigest::before_all("cpu", &[]);
    let all = [
        begin,
        begin.after(Hour::new(1), one, 0),
        begin.after(Hour::new(1), two, 0),
        begin.after(Hour::new(2), one, 0),
        begin.after(Hour::new(1), one, 1),
        begin.after(Hour::new(1), one, 0).after(Hour::new(2), two, 0),
        begin.after(Hour::new(1), two, 0).after(Hour::new(2), one, 0),
        StateDigest::before_all("memory", &[]).after(Hour::new(1), one, 0),
        StateDigest::before_all("cpu", &["count"]).after(Hour::new(1), one, 0),
    ];
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
}

proptest! {
    #[test]
    fn order_and_cuts_do_not_count(
        (straight, shuffled) in measurements().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        cut in any::<prop::sample::Index>(),
    ) {
        let cut = cut.index(straight.len() + 1);
        let parts = digest(&shuffled[..cut]).and(digest(&shuffled[cut..]));
        prop_assert_eq!(parts, digest(&straight));
        prop_assert_eq!(parts.without(digest(&shuffled[cut..])), digest(&shuffled[..cut]));
    }

    #[test]
    fn every_bit_counts(all in measurements(), which in any::<prop::sample::Index>(), bit in 0..64) {
        prop_assume!(!all.is_empty());
        let which = which.index(all.len());
        let mut changed = all.clone();
        changed[which].0 ^= 1_i64 << bit;
        prop_assert_ne!(digest(&changed), digest(&all));
        changed = all.clone();
        changed[which].1 = f64::from_bits(changed[which].1.to_bits() ^ 1_u64 << bit);
        prop_assert_ne!(digest(&changed), digest(&all));
    }

    #[test]
    fn copies_count(all in measurements(), which in any::<prop::sample::Index>(), copies in 1usize..5) {
        prop_assume!(!all.is_empty());
        let mut more = all.clone();
        more.extend(std::iter::repeat_n(all[which.index(all.len())], copies));
        prop_assert_ne!(digest(&more), digest(&all));
    }

    #[test]
    fn values_can_not_be_swapped(a in any::<i64>(), b in any::<i64>(), x in any_value(), y in any_value()) {
        prop_assume!(a != b && x.to_bits() != y.to_bits());
        prop_assert_ne!(digest(&[(a, x), (b, y)]), digest(&[(a, y), (b, x)]));
    }

    #[test]
    fn text_gives_the_digest_back(bytes in any::<[u8; 32]>(), short in any::<[u8; 16]>()) {
        let (long, short) = (Sha256::from_bytes(bytes), InputDigest::from_bytes(short));
        prop_assert_eq!(long.to_string().parse(), Ok(long));
        prop_assert_eq!(short.to_string().parse(), Ok(short));
        prop_assert_eq!(InputDigest::from_bytes(short.bytes()), short);
    }
}
