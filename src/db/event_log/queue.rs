//! [`EventQueue`]: events that wait in memory for whoever passes them on.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::EventSource;
use crate::db::engine::Page;
use crate::options::EventLevel;

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// When it happened, in microseconds since 1970.
    pub micros: i64,
    /// How bad it is.
    pub level: EventLevel,
    /// Who tells it.
    pub source: EventSource,
    /// What happened. Of the engine's lines 64 KiB at most; may have several lines of text.
    pub message: String,
}

/// What was taken from a queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drained {
    /// The events, in the order in which they were told.
    pub records: Vec<EventRecord>,
    /// Events that were lost, because the queue was full, since the call before.
    pub dropped_count: u64,
}

/// The last events of a backend, as many as the option `event_log_queue_records` says. Whoever comes to a full queue is dropped and counted.
///
/// Usable from any thread at once. Outlives its backend, so that the events of a close can be had.
#[derive(Debug)]
pub struct EventQueue {
    state: Mutex<State>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct State {
    records: VecDeque<EventRecord>,
    dropped_count: u64,
}

/// `u8 level | u8 source | u16 zero | u32 message length | i64 microseconds`
const HEADER_BYTES: usize = 16;

impl EventQueue {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { state: Mutex::default(), capacity }
    }

    /// Takes up to `most` events out, and never waits.
    pub fn take(&self, most: usize) -> Drained {
        let mut state = self.state();
        let count = most.min(state.records.len());
        Drained {
            records: state.records.drain(..count).collect(),
            dropped_count: std::mem::take(&mut state.dropped_count),
        }
    }

    pub(super) fn push(&self, record: EventRecord) {
        let mut state = self.state();
        if state.records.len() < self.capacity {
            state.records.push_back(record);
        } else {
            state.dropped_count += 1;
        }
    }

    /// Moves events into `target`, as many as fit, and says how many were dropped since; a page that is too short for the first takes nothing.
    pub(crate) fn drain(&self, target: &mut [u8]) -> (Page, u64) {
        let mut state = self.state();
        let (mut length, mut row_count) = (0, 0);
        while let Some(record) = state.records.front() {
            let size = HEADER_BYTES + record.message.len();
            let Some(place) = target.get_mut(length..length + size) else { break };
            pack(record, place);
            length += size;
            row_count += 1;
            state.records.pop_front();
        }
        match state.records.front() {
            Some(record) if row_count == 0 => (Page::Short(HEADER_BYTES + record.message.len()), 0),
            _ => (Page::Filled { length, row_count }, std::mem::take(&mut state.dropped_count)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pack(record: &EventRecord, place: &mut [u8]) {
    let (header, message) = place.split_at_mut(HEADER_BYTES);
    header[..4].copy_from_slice(&[record.level as u8, record.source as u8, 0, 0]);
    header[4..8].copy_from_slice(&(record.message.len() as u32).to_le_bytes());
    header[8..].copy_from_slice(&record.micros.to_le_bytes());
    message.copy_from_slice(record.message.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(message: &str) -> EventRecord {
        EventRecord { micros: 7, level: EventLevel::Warn, source: EventSource::Engine, message: message.to_owned() }
    }

    fn filled(messages: &[&str]) -> EventQueue {
        let queue = EventQueue::with_capacity(3);
        messages.iter().for_each(|message| queue.push(record(message)));
        queue
    }

    #[test]
    fn what_comes_to_a_full_queue_is_dropped_and_counted_once() {
        let queue = filled(&["a", "b", "c", "d", "e"]);
        let drained = queue.take(2);
        assert_eq!((drained.records, drained.dropped_count), (vec![record("a"), record("b")], 2));
        queue.push(record("f"));
        assert_eq!(queue.take(9), Drained { records: vec![record("c"), record("f")], dropped_count: 0 });
    }

    #[test]
    fn a_page_holds_whole_records_in_order() {
        let queue = filled(&["first", "", "third"]);
        let mut page = [0xEE; 16 + 5 + 16 + 3];
        let (Page::Filled { length, row_count }, 0) = queue.drain(&mut page) else { panic!("two fit") };
        assert_eq!((length, row_count), (37, 2));
        assert_eq!(page[..21], *b"\x02\x01\0\0\x05\0\0\0\x07\0\0\0\0\0\0\0first");
        assert_eq!(page[21..37], *b"\x02\x01\0\0\0\0\0\0\x07\0\0\0\0\0\0\0");
        assert_eq!(page[37..], [0xEE; 3]);
        assert_eq!(queue.take(9).records, [record("third")]);
    }

    #[test]
    fn a_page_too_short_takes_nothing_and_forgets_no_drop() {
        let queue = filled(&["first", "b", "c", "d"]);
        assert!(matches!(queue.drain(&mut [0; 20]), (Page::Short(21), 0)));
        assert!(matches!(queue.drain(&mut [0; 21]), (Page::Filled { length: 21, row_count: 1 }, 1)));
    }
}
