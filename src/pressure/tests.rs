use proptest::prelude::*;

use super::*;

const MIB: u64 = 1 << 20;

impl Readings {
    /// Of an engine at rest.
    pub(super) fn calm() -> Self {
        Self {
            memory_bytes: 0,
            write_latency_millis: f64::NAN,
            pending_compaction_bytes: 0,
            immutable_memtable_share: 0.0,
            level0_share: 0.0,
            pending_compaction_share: 0.0,
            queue_wait_millis: f64::NAN,
            stopped: false,
            delayed: false,
            mean_flush_millis: f64::NAN,
        }
    }
}

fn pressure(readings: Readings) -> Pressure {
    Pressure::of(&readings, &References::default())
}

#[test]
fn the_level_is_the_documented_mean() {
    let readings = Readings {
        memory_bytes: 256 * MIB,
        write_latency_millis: 25.0,
        pending_compaction_bytes: 1000 * MIB,
        ..Readings::calm()
    };
    let pressure = pressure(readings);
    assert_eq!((pressure.memory_share, pressure.write_latency_share, pressure.compaction_share), (0.5, 0.25, 1.0));
    assert!((pressure.level - 1.75 / 3.0).abs() < 1e-12);
    assert_eq!(pressure.effective, pressure.level);
}

#[test]
fn the_references_scale_the_level() {
    let references = References { memory_bytes: 100, write_latency_millis: 4.0, ..References::default() };
    let readings = Readings { memory_bytes: 50, write_latency_millis: 1.0, ..Readings::calm() };
    assert!((Pressure::of(&readings, &references).level - 0.25).abs() < 1e-12);
}

#[test]
fn the_effective_pressure_is_the_largest_of_all() {
    let calm = Readings::calm();
    assert_eq!(pressure(calm).effective, 0.0);
    assert_eq!(pressure(Readings { immutable_memtable_share: 0.5, ..calm }).effective, 0.5);
    assert_eq!(pressure(Readings { level0_share: 0.6, ..calm }).effective, 0.6);
    assert_eq!(pressure(Readings { pending_compaction_share: 0.7, ..calm }).effective, 0.7);
    assert_eq!(pressure(Readings { queue_wait_millis: 80.0, ..calm }).effective, 0.8);
    assert_eq!(pressure(Readings { delayed: true, ..calm }).effective, 0.9);
    assert_eq!(pressure(Readings { delayed: true, level0_share: 0.95, ..calm }).effective, 0.95);
    assert_eq!(pressure(Readings { stopped: true, delayed: true, ..calm }).effective, 1.0);
}

#[test]
fn descriptions_change_at_their_limits() {
    let words = [0.0, 0.299, 0.3, 0.599, 0.6, 0.799, 0.8, 1.0, f64::NAN].map(Description::of);
    use Description::{Critical, High, Low, Medium};
    assert_eq!(words, [Low, Low, Medium, Medium, High, High, Critical, Critical, Low]);
}

#[test]
fn the_pause_grows_above_its_limit_and_ends_at_fifty() {
    let near = |actual: f64, expected: f64| assert!((actual - expected).abs() < 1e-9, "{actual} for {expected}");
    near(throttle_millis(0.8), 0.0);
    near(throttle_millis(0.85), 5.0);
    near(throttle_millis(1.0), 20.0);
    near(throttle_millis(7.0), 50.0);
    near(throttle_millis(f64::INFINITY), 50.0);
    near(throttle_millis(f64::NAN), 0.0);
    near(pressure(Readings { stopped: true, ..Readings::calm() }).throttle_millis(), 20.0);
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), 0f64..2.0, Just(f64::NAN), Just(f64::INFINITY), Just(-0.0), Just(f64::MAX)]
}

fn any_amount() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), Just(0), Just(u64::MAX)]
}

prop_compose! {
    fn any_readings()(
        bytes in (any_amount(), any_amount()), numbers in prop::array::uniform6(any_number()), flags in any::<(bool, bool)>(),
    ) -> Readings {
        Readings {
            memory_bytes: bytes.0,
            write_latency_millis: numbers[0],
            pending_compaction_bytes: bytes.1,
            immutable_memtable_share: numbers[1],
            level0_share: numbers[2],
            pending_compaction_share: numbers[3],
            queue_wait_millis: numbers[4],
            stopped: flags.0,
            delayed: flags.1,
            mean_flush_millis: numbers[5],
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_read_every_share_is_from_zero_to_one(
        readings in any_readings(), references in (any_amount(), any_number(), any_amount(), any_number()),
    ) {
        let references = References {
            memory_bytes: references.0,
            write_latency_millis: references.1,
            pending_compaction_bytes: references.2,
            queue_wait_millis: references.3,
        };
        let pressure = Pressure::of(&readings, &references);
        for share in [
            pressure.level, pressure.effective, pressure.memory_share, pressure.write_latency_share, pressure.compaction_share,
            pressure.immutable_memtable_share, pressure.level0_share, pressure.pending_compaction_share, pressure.queue_wait_share,
        ] {
            prop_assert!((0.0..=1.0).contains(&share), "{pressure:?}");
        }
        prop_assert!(pressure.effective >= pressure.level);
        prop_assert!(!readings.stopped || pressure.effective == 1.0);
        prop_assert!(!readings.delayed || pressure.effective >= 0.9);
        prop_assert!((0.0..=20.0 + 1e-9).contains(&pressure.throttle_millis()));
    }

    #[test]
    fn more_of_anything_never_presses_less(readings in any_readings(), more in any::<u64>()) {
        let grown = Readings { memory_bytes: readings.memory_bytes.saturating_add(more), stopped: true, ..readings };
        prop_assert!(pressure(grown).level >= pressure(readings).level);
        prop_assert!(pressure(grown).effective >= pressure(readings).effective);
    }
}
