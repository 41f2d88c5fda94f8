//! How many timers a second: `cargo test --release timers_per_second -- --ignored --nocapture`.

use std::time::Instant;

use super::*;

const TIMERS: usize = 1_000_000;
const BATCH: usize = 1000;

/// Keys of 8 bytes over 128 key groups, due in random order.
fn timers(keys: &[[u8; 8]]) -> Vec<Placed<'_>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    keys.iter()
        .map(|key| event_timer((u64::from_be_bytes(*key) % 128) as u16, (random() % 10_000_000) as i64, key))
        .collect()
}

fn pop_all(service: &mut Service, up_to: i64) -> usize {
    let mut target = vec![0; BATCH * 32];
    let mut popped = 0;
    loop {
        match service.due(&event_query(up_to), &mut target).expect("due") {
            Page::Filled { row_count: 0, .. } => return popped,
            Page::Filled { row_count, .. } => popped += row_count,
            Page::Short(needed) => panic!("{needed} bytes"),
        }
    }
}

/// Time that this thread has run, in nanoseconds: other load does not count, and neither do the engine's own threads.
fn thread_nanos() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0)
}

fn measure(what: &str, write_back: bool, work: impl FnOnce(&mut Service, &[Placed<'_>]) -> usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut options = Options::new(folder.path().display().to_string());
    options.wal = if write_back { WalMode::Disabled } else { WalMode::Enabled };
    let backend = Backend::open(options, None).expect("opens");
    let mut service = Service::open("window", timer_store(&backend), 0..=127, write_back).expect("opens");
    let keys: Vec<_> = (0..TIMERS as u64).map(u64::to_be_bytes).collect();
    let timers = timers(&keys);
    let (start, thread_start) = (Instant::now(), thread_nanos());
    let popped = work(&mut service, &timers);
    let (wall, thread) = (start.elapsed().as_secs_f64(), (thread_nanos() - thread_start) as f64 / 1e9);
    let millions = popped as f64 / 1e6;
    println!("{what}: {:.2} M timers/s, {:.2} by the thread's own time", millions / wall, millions / thread);
    assert_eq!(popped, TIMERS);
}

/// Time passes while timers are registered: half of those to come are already late.
fn stream(service: &mut Service, timers: &[Placed<'_>]) -> usize {
    let mut popped = 0;
    for (index, batch) in timers.chunks(BATCH).enumerate() {
        service.register(batch).expect("registered");
        popped += pop_all(service, (index as i64 + 1) * 10_000);
    }
    popped + pop_all(service, i64::MAX)
}

#[test]
#[ignore = "measures"]
fn timers_per_second_all_registered_then_popped() {
    measure("written back, all registered, then all popped", true, |service, timers| {
        let start = thread_nanos();
        timers.chunks(BATCH).for_each(|batch| service.register(batch).expect("registered"));
        println!("  registering took {} ns each", (thread_nanos() - start) / TIMERS as u64);
        pop_all(service, i64::MAX)
    });
}

#[test]
#[ignore = "measures"]
fn timers_per_second_in_a_stream() {
    measure("written back, batches registered and popped", true, stream);
}

#[test]
#[ignore = "measures"]
fn timers_per_second_in_a_logged_stream() {
    measure("logged, batches registered and popped", false, stream);
}
