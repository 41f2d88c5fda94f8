//! How a task's time divides: busy, idle, back-pressured.

/// Milliseconds of each second. They sum to 1000, or none was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shares {
    pub(crate) busy: f64,
    pub(crate) idle: f64,
    pub(crate) back_pressured: f64,
}

const SECOND_MILLIS: f64 = 1000.0;

impl Shares {
    pub(crate) const NOT_MEASURED: Self = Self { busy: f64::NAN, idle: f64::NAN, back_pressured: f64::NAN };

    /// Divides a second of which calls took `in_calls` milliseconds, added over threads, and the engine held writes up for `held`.
    ///
    /// Being held up counts first, because it is known and not sampled. What calls took beyond it is work.
    pub(super) fn of(in_calls: f64, held: f64) -> Self {
        if !(in_calls.is_finite() && held.is_finite()) {
            return Self::NOT_MEASURED;
        }
        let back_pressured = held.clamp(0.0, SECOND_MILLIS);
        let busy = (in_calls - back_pressured).clamp(0.0, SECOND_MILLIS - back_pressured);
        Self { busy, idle: SECOND_MILLIS - back_pressured - busy, back_pressured }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn calls_are_work_but_for_what_the_engine_held_up() {
        assert_eq!(Shares::of(300.0, 100.0), Shares { busy: 200.0, idle: 700.0, back_pressured: 100.0 });
        assert_eq!(Shares::of(0.0, 0.0), Shares { busy: 0.0, idle: 1000.0, back_pressured: 0.0 });
        // Four threads at work all the time.
        assert_eq!(Shares::of(4000.0, 250.0), Shares { busy: 750.0, idle: 0.0, back_pressured: 250.0 });
    }

    #[test]
    fn what_is_not_known_is_not_measured() {
        assert!(Shares::of(f64::NAN, 0.0).idle.is_nan() && Shares::of(0.0, f64::NAN).back_pressured.is_nan());
    }

    proptest! {
        #[test]
        fn shares_are_no_less_than_nothing_and_sum_to_a_second(in_calls in 0f64..1e12, held in 0f64..1e12) {
            let Shares { busy, idle, back_pressured } = Shares::of(in_calls, held);
            prop_assert!(busy >= 0.0 && idle >= 0.0 && back_pressured >= 0.0);
            prop_assert!((busy + idle + back_pressured - 1000.0).abs() < 1e-6);
        }
    }
}
