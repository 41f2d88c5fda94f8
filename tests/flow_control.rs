//! Credits, law and controller around a simulated engine, by a simulated clock: steps of its speed, stops, overload, lies.

mod flow;

use std::time::Duration;

use flink_state_backend::credit::Signal;
use flow::{Engine, Simulation, CALL, CAPACITY, DEADLINE, FULL_SPEED, TARGET};

const SECOND: u64 = 1000;

#[test]
fn a_step_down_brings_the_time_in_the_engine_back_within_two_seconds() {
    let mut simulation = Simulation::new();
    simulation.run(10 * SECOND, 0.8);
    simulation.engine(|engine| engine.speed = FULL_SPEED / 10.0);
    simulation.run(2 * SECOND, 0.8);
    let after = simulation.run(5 * SECOND, 0.8);
    assert!(after.in_engine(0.99) <= TARGET, "p99 {:?}", after.in_engine(0.99));
    assert!(after.in_engine(1.0) <= TARGET * 6 / 5, "largest {:?}", after.in_engine(1.0));
    assert!(after.utilisation(FULL_SPEED / 10.0) >= 0.9, "{}", after.utilisation(FULL_SPEED / 10.0));
    simulation.end();
}

#[test]
fn a_step_up_is_used_within_three_seconds() {
    let mut simulation = Simulation::new();
    simulation.engine(|engine| engine.speed = FULL_SPEED / 10.0);
    simulation.run(10 * SECOND, 1.2);
    simulation.engine(|engine| engine.speed = FULL_SPEED);
    simulation.run(3 * SECOND, 1.2);
    let after = simulation.run(SECOND, 1.2);
    assert!(after.utilisation(FULL_SPEED) >= 0.9, "{}", after.utilisation(FULL_SPEED));
    simulation.end();
}

#[test]
fn a_dead_stop_grants_at_most_a_probe_per_period_and_is_over_soon_after() {
    let mut simulation = Simulation::new();
    simulation.run(5 * SECOND, 1.0);
    simulation.engine(|engine| engine.speed = 0.0);
    simulation.run(200, 1.0);
    let stopped = simulation.run(10 * SECOND - 200, 1.0);
    assert!(stopped.granted <= 98, "{} probes in 98 periods", stopped.granted);
    simulation.engine(|engine| engine.speed = FULL_SPEED);
    simulation.run(3 * SECOND, 1.0);
    let after = simulation.run(SECOND, 1.0);
    assert!(after.utilisation(FULL_SPEED) >= 0.9, "{}", after.utilisation(FULL_SPEED));
    simulation.end();
}

/// An engine whose speed changes as fast as the law acts must not swing with it.
#[test]
fn no_square_wave_finds_a_resonance() {
    for half_period in [5000, 2500, 1000, 500, 250, 150, 100, 50] {
        let mut simulation = Simulation::new();
        simulation.run(10 * SECOND, 1.5);
        let mut limits = Vec::new();
        for half in 0..20 * SECOND / half_period {
            simulation.engine(|engine| engine.speed = FULL_SPEED * if half % 2 == 0 { 0.9 } else { 1.0 });
            let course = simulation.run(half_period, 1.5);
            // Outside of one period of the law around the edges, as far as there is such a time.
            let edge = if half_period > 200 { 100 } else { 0 };
            limits.extend_from_slice(&course.limits[edge..course.limits.len() - edge]);
        }
        let swing = flow::swing(&limits);
        assert!(swing <= 0.2, "the limit swings by {swing:.3} of its mean with edges every {half_period} ms");
        simulation.end();
    }
}

#[test]
fn steady_load_below_and_above_what_the_engine_can_do_stays_within_the_target() {
    for load in [0.8, 1.2, 2.0] {
        let mut simulation = Simulation::new();
        simulation.run(30 * SECOND, load);
        let early = simulation.run(60 * SECOND, load);
        simulation.run(450 * SECOND, load);
        let late = simulation.run(60 * SECOND, load);
        assert!(late.admitted(0.999) <= DEADLINE + TARGET, "load {load}: p99.9 {:?}", late.admitted(0.999));
        assert!(flow::swing(&late.limits) <= 0.2, "load {load}: the limit swings by {}", flow::swing(&late.limits));
        let drift = flow::mean(&late.limits) / flow::mean(&early.limits);
        assert!((0.95..=1.05).contains(&drift), "load {load}: the limit drifts by {drift}");
        assert!(
            late.utilisation(FULL_SPEED) >= 0.95 * f64::min(load, 1.0),
            "load {load}: {}",
            late.utilisation(FULL_SPEED)
        );
        assert_eq!(simulation.engine(|engine| engine.stops), 0, "load {load}: the engine stopped");
        simulation.end();
    }
}

#[test]
fn lies_of_the_engine_neither_open_the_gates_nor_close_them_for_good() {
    for lie in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, -1.0, -0.0, 0.0, 1e-300, 1.0] {
        let mut simulation = Simulation::new();
        simulation.run(5 * SECOND, 1.2);
        simulation.engine(|engine| engine.lie = Some(Signal { effective: lie, ..Signal::UNKNOWN }));
        let lied = simulation.run(10 * SECOND, 1.2);
        assert!(lied.limits.iter().all(|limit| (2 * CALL..=CAPACITY).contains(limit)), "{lie}");
        assert!(lied.granted > 0, "{lie}: nobody was let in");
        simulation.engine(|engine| engine.lie = None);
        simulation.run(3 * SECOND, 1.2);
        let after = simulation.run(SECOND, 1.2);
        assert!(after.utilisation(FULL_SPEED) >= 0.9, "{lie}: {}", after.utilisation(FULL_SPEED));
        simulation.end();
    }
}

#[test]
fn refused_writes_cut_the_limit_and_give_their_credits_back() {
    let mut simulation = Simulation::new();
    simulation.run(5 * SECOND, 1.2);
    let before = simulation.limit();
    simulation.engine(|engine| engine.refuses = true);
    let refused = simulation.run(SECOND, 1.2);
    assert!(simulation.limit() <= before / 10, "{before} became {}", simulation.limit());
    assert!(refused.granted > 0);
    simulation.engine(|engine| engine.refuses = false);
    simulation.run(3 * SECOND, 1.2);
    assert!(simulation.run(SECOND, 1.2).utilisation(FULL_SPEED) >= 0.9);
    simulation.end();
}

#[test]
fn panics_jumps_of_the_clock_and_a_lost_event_leave_credits_conserved() {
    let mut simulation = Simulation::new();
    simulation.run(5 * SECOND, 1.2);
    simulation.engine(|engine| engine.panics = true);
    simulation.run(SECOND, 1.2);
    simulation.engine(|engine| engine.panics = false);
    simulation.jump(3_600_000);
    simulation.run(SECOND, 1.2);
    simulation.jump(-3_000_000);
    simulation.run(SECOND, 1.2);
    // The event of the engine's going on is lost: it says for ever that it stands still.
    simulation.engine(|engine| engine.lie = Some(Signal { stopped: true, ..Signal::UNKNOWN }));
    let probes = simulation.run(SECOND, 1.2);
    assert!((5..=11).contains(&probes.granted), "{} probes in ten periods", probes.granted);
    simulation.engine(|engine| engine.lie = None);
    simulation.run(3 * SECOND, 1.2);
    assert!(simulation.run(SECOND, 1.2).utilisation(FULL_SPEED) >= 0.9);
    simulation.end();
}

#[test]
fn the_level_of_the_system_is_mean_and_worst_of_its_pools() {
    let mut simulation = Simulation::new();
    simulation.engine(|engine| engine.lie = Some(Signal { effective: 0.25, ..Signal::UNKNOWN }));
    let mut engine = Engine::new();
    engine.lie = Some(Signal { effective: 0.75, ..Signal::UNKNOWN });
    let other = simulation.attach_another(engine);
    simulation.run(200, 0.0);
    let level = simulation.controller.level();
    assert_eq!((level.mean, level.worst, level.pools), (0.5, 0.75, 2));
    drop(other);
    let level = simulation.controller.level();
    assert_eq!((level.mean, level.worst, level.pools), (0.25, 0.25, 1));
    simulation.end();
}

#[test]
fn a_wait_in_the_queue_raises_the_level_and_not_the_limit() {
    let mut simulation = Simulation::new();
    simulation.run(30 * SECOND, 2.0);
    assert_eq!(simulation.controller.level().worst, 1.0);
    assert!(simulation.limit() > CAPACITY / 4);
    simulation.end();
}

#[test]
fn a_stop_is_heard_at_once_when_it_is_told() {
    let mut simulation = Simulation::new();
    simulation.run(SECOND + 50, 1.0);
    simulation.engine(|engine| engine.speed = 0.0);
    simulation.attachment.alert();
    simulation.controller.step();
    assert_eq!(simulation.limit(), 2 * CALL);
    assert!(simulation.pool.figures().is_probing);
    assert!(Duration::from_millis(SECOND) < DEADLINE * 100);
    simulation.end();
}
