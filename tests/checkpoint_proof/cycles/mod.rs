//! Random cycles of a job's life against a model: writes, checkpoints that are confirmed, aborted, cancelled or fail, discards, collections,
//! crashes, restores, and rescales out and in, over states of all kinds. Nothing may be lost, nothing may come twice.
//!
//! `FSB_CYCLES` is how many cycles each test makes, `FSB_SEED` where they begin; both are printed.

mod job;
mod lives;
mod model;
mod random;
mod subtask;
mod writes;

use flink_state_backend::options::WalMode;
use job::Job;
pub use model::{Model, Slot};
pub use subtask::{Setup, Subtask};

/// Of each test, in CI.
const CYCLES: usize = 250;
/// After so many a new job begins, with the next seed.
const CYCLES_OF_A_JOB: usize = 125;

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

fn run(wal: WalMode) {
    let (cycles, first_seed) = (number("FSB_CYCLES", CYCLES), number("FSB_SEED", 1));
    let mut done = 0;
    for seed in first_seed.. {
        let mut job = Job::start(seed as u64, wal);
        let share = CYCLES_OF_A_JOB.min(cycles - done);
        (0..share).for_each(|_| job.cycle());
        job.finish();
        done += share;
        if done == cycles {
            return println!("{done} cycles, seeds {first_seed} to {seed}");
        }
    }
}

#[test]
fn nothing_is_lost_or_doubled_without_a_log() {
    run(WalMode::Disabled);
}

#[test]
fn nothing_is_lost_or_doubled_with_a_log() {
    run(WalMode::Enabled);
}
