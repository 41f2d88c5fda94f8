//! CPU time of this process.

/// User and system time since the start of the process, in milliseconds; none where the system does not tell.
#[cfg(target_os = "linux")]
pub(super) fn cpu_millis() -> Option<u64> {
    parse(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// User and system time since the start of the process, in milliseconds; none where the system does not tell.
#[cfg(not(target_os = "linux"))]
pub(super) fn cpu_millis() -> Option<u64> {
    None
}

/// Fields 14 and 15 of proc(5) `/proc/pid/stat`, in clock ticks. The name in field 2 may hold anything, so fields count from its end.
#[cfg(target_os = "linux")]
fn parse(stat: &str) -> Option<u64> {
    const MILLIS_PER_TICK: u64 = 10; // USER_HZ is 100 in the Linux ABI
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((user + system) * MILLIS_PER_TICK)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_shift_the_fields() {
        let stat = "12 (a) b) c) S 1 2 3 4 5 6 7 8 9 10 700 300 13 14";
        assert_eq!(parse(stat), Some(10_000));
    }

    #[test]
    fn this_process_has_a_cpu_time() {
        assert!(cpu_millis().is_some());
    }
}
