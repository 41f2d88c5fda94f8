//! Traces of operations on keyed state and timers, with the answers that Rust got: replayed here, and by the C# tests through C#.
//!
//! They are text, one line an operation (see [`replay`]), in `tests/fixtures/keyed-traces`. To draw them anew, after a change of the
//! generator, of the rows or of what an operation answers: `FSB_WRITE_TRACES=1 cargo nextest run --test keyed_trace`.

mod draw;
mod replay;

use std::fs;
use std::path::PathBuf;

use draw::Shape;
use replay::Replay;

const SHAPES: [Shape; 4] = [
    Shape { name: "small-cache", seed: 1, job: "job disabled 8192 128 127 murmur" },
    Shape { name: "with-log", seed: 2, job: "job enabled 16777216 4 3 murmur" },
    Shape { name: "no-cache", seed: 3, job: "job disabled 0 32768 32767 murmur" },
    Shape { name: "half-the-groups", seed: 4, job: "job disabled 65536 16 7 java" },
];

fn path(shape: &Shape) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keyed-traces");
    folder.join(shape.name).with_extension("txt")
}

fn write(shape: &Shape) {
    let mut text = format!(
        "# Drawn from seed {} by tests/keyed_trace, which says how. What stands behind = is the answer.\n",
        shape.seed
    );
    let mut replay = Replay::new(shape.job);
    text += &format!("{}\n", shape.job);
    for operation in draw::operations(shape) {
        let answer = replay.answer(&operation).map(|answer| format!(" = {answer}")).unwrap_or_default();
        text += &format!("{operation}{answer}\n");
    }
    fs::write(path(shape), text).expect("writable");
}

/// Replays the trace of a shape, or writes it when asked to.
fn check(shape: &Shape) {
    if std::env::var_os("FSB_WRITE_TRACES").is_some() {
        return write(shape);
    }
    let text = fs::read_to_string(path(shape)).expect("a trace is committed");
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#'));
    let mut replay = Replay::new(lines.next().expect("a job").1);
    for (number, line) in lines {
        let (operation, expected) = match line.split_once(" = ") {
            Some((operation, answer)) => (operation, Some(answer.to_owned())),
            None => (line, None),
        };
        assert_eq!(replay.answer(operation), expected, "{} line {number}: {operation}", path(shape).display());
    }
}

#[test]
fn a_trace_over_a_small_cache_is_answered_as_recorded() {
    check(&SHAPES[0]);
}

#[test]
fn a_trace_with_a_log_is_answered_as_recorded() {
    check(&SHAPES[1]);
}

#[test]
fn a_trace_without_a_cache_is_answered_as_recorded() {
    check(&SHAPES[2]);
}

#[test]
fn a_trace_of_half_the_key_groups_by_javas_hash_is_answered_as_recorded() {
    check(&SHAPES[3]);
}
