//! Random operations against an ordered set, with refused writes, drains and reopening in between.

use std::cell::Cell;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

use super::*;
use crate::error::Result;

/// Timestamp, key group, key, namespace: sorts as timers are due.
type Due = (i64, u16, Vec<u8>, Vec<u8>);

/// The timers of event and of processing time.
type Model = [BTreeSet<Due>; 2];

#[derive(Debug, Clone)]
struct Asked {
    time: Time,
    remove: bool,
    up_to: i64,
    key: Option<(u16, Vec<u8>)>,
    namespace: Option<Vec<u8>>,
    capacity: usize,
}

#[derive(Debug, Clone)]
enum Step {
    Register(Vec<(Time, Due)>),
    Delete(Vec<(Time, Due)>),
    Due(Asked),
    Drain,
    Flush,
    Reopen,
    Compare,
}

fn time() -> impl Strategy<Value = Time> {
    prop_oneof![3 => Just(Time::Event), 1 => Just(Time::Processing)]
}

fn timestamp() -> impl Strategy<Value = i64> {
    prop_oneof![1 => Just(i64::MIN), 1 => Just(i64::MAX), 12 => -12i64..24]
}

/// Few enough to meet again, and of few key groups; bytes that framing escapes.
fn owner() -> impl Strategy<Value = (u16, Vec<u8>)> {
    let key = prop::collection::vec(prop_oneof![Just(0), Just(7), Just(0xff)], 0..3);
    key.prop_map(|key: Vec<u8>| {
        let group = [0, 1, 255, 32_767][key.iter().map(|byte| *byte as usize).sum::<usize>() % 4];
        (group, key)
    })
}

fn namespace() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(vec![]), Just(vec![0]), Just(vec![0, 0xff]), Just(b"a window".to_vec())]
}

fn timer() -> impl Strategy<Value = (Time, Due)> {
    (time(), timestamp(), owner(), namespace())
        .prop_map(|(time, timestamp, (group, key), namespace)| (time, (timestamp, group, key, namespace)))
}

fn asked() -> impl Strategy<Value = Asked> {
    let key = prop::option::weighted(0.3, owner());
    let namespace = prop::option::weighted(0.2, namespace());
    (time(), any::<bool>(), timestamp(), key, namespace, 0usize..400).prop_map(
        |(time, remove, up_to, key, namespace, capacity)| Asked { time, remove, up_to, key, namespace, capacity },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        32 => prop::collection::vec(timer(), 0..16).prop_map(Step::Register),
        12 => prop::collection::vec(timer(), 0..6).prop_map(Step::Delete),
        36 => asked().prop_map(Step::Due),
        6 => Just(Step::Drain),
        1 => Just(Step::Flush),
        5 => Just(Step::Reopen),
        12 => Just(Step::Compare),
    ]
}

fn timers(timers: &[(Time, Due)]) -> Vec<Placed<'_>> {
    timers
        .iter()
        .map(|(time, (timestamp, key_group, key, namespace))| Placed {
            time: *time,
            key_group: *key_group,
            timestamp: *timestamp,
            key,
            namespace,
        })
        .collect()
}

fn of(model: &mut Model, time: Time) -> &mut BTreeSet<Due> {
    &mut model[time as usize - 1]
}

/// What a page must hold; the error is the size that the first record needs.
fn expected(model: &BTreeSet<Due>, asked: &Asked) -> std::result::Result<Vec<Due>, usize> {
    let wanted = |due: &&Due| {
        due.0 <= asked.up_to
            && asked.key.as_ref().is_none_or(|(_, key)| due.2 == *key)
            && asked.namespace.as_ref().is_none_or(|namespace| due.3 == *namespace)
    };
    let (mut page, mut bytes) = (Vec::new(), 0);
    for due in model.iter().filter(wanted) {
        let record_bytes = 24 + due.2.len() + due.3.len();
        bytes += record_bytes;
        if bytes > asked.capacity {
            return if page.is_empty() { Err(record_bytes) } else { Ok(page) };
        }
        page.push(due.clone());
    }
    Ok(page)
}

/// Asks the service and, unless it fails, compares with the model.
fn ask(service: &mut Service, model: &mut Model, asked: &Asked) -> Result<()> {
    let query = Query {
        time: asked.time,
        remove: asked.remove,
        up_to: asked.up_to,
        key: asked.key.as_ref().map(|(group, key)| (*group, &key[..])),
        namespace: asked.namespace.as_deref(),
    };
    let expected = expected(of(model, asked.time), asked);
    let mut target = vec![0; asked.capacity];
    let page = service.due(&query, &mut target)?;
    let due = match (page, expected) {
        (Page::Short(needed), expected) => {
            assert_eq!(Err(needed), expected);
            return Ok(());
        }
        (Page::Filled { length, .. }, expected) => {
            let due = expected.expect("the page is not too short");
            let records = Timer::unpack(&target[..length]).expect("well-formed");
            let got: Vec<_> = records.iter().map(|it| (it.time, it.timestamp, it.key, it.namespace)).collect();
            let want: Vec<_> = due.iter().map(|it| (asked.time, it.0, &it.2[..], &it.3[..])).collect();
            assert_eq!(got, want);
            due
        }
    };
    if asked.remove {
        due.iter().for_each(|due| assert!(of(model, asked.time).remove(due)));
    }
    Ok(())
}

fn apply(service: &mut Service, model: &mut Model, step: &Step) -> Result<()> {
    match step {
        Step::Register(changes) => {
            service.register(&timers(changes))?;
            changes.iter().for_each(|(time, due)| of(model, *time).extend([due.clone()]));
        }
        Step::Delete(changes) => {
            service.delete(&timers(changes))?;
            for (time, due) in changes {
                of(model, *time).remove(due);
            }
        }
        Step::Due(asked) => ask(service, model, asked)?,
        Step::Drain => service.drain()?,
        Step::Flush | Step::Reopen | Step::Compare => {}
    }
    Ok(())
}

fn compare(service: &mut Service, model: &mut Model) {
    for time in [Time::Event, Time::Processing] {
        let timers = of(model, time);
        assert_eq!(service.next(time).expect("next"), timers.first().map(|due| due.0));
        assert_eq!(service.count(time).expect("count"), timers.len() as u64);
    }
}

/// A backend that serves many cases, each with timers of a name of its own.
struct Bench {
    backend: Backend,
    write_back: bool,
    limits: Limits,
    cases: Cell<u32>,
    _folder: TempDir,
}

impl Bench {
    fn new(write_back: bool, limits: Limits) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let backend = open_backend(folder.path(), write_back);
        Self { backend, write_back, limits, cases: Cell::new(0), _folder: folder }
    }

    fn open(&self) -> Service {
        let (name, store) = (format!("case {}", self.cases.get()), timer_store(&self.backend));
        Service::with_limits(&name, store, 0..=32_767, self.write_back, self.limits).expect("opens")
    }

    fn run(&self, steps: &[(bool, Step)]) {
        self.cases.set(self.cases.get() + 1);
        let mut service = self.open();
        let mut model = Model::default();
        for (refused, step) in steps {
            service.store().fails = *refused;
            let applied = apply(&mut service, &mut model, step);
            assert!(*refused || applied.is_ok(), "{applied:?}");
            service.store().fails = false;
            match step {
                Step::Flush => self.backend.flush().expect("flush"),
                Step::Compare => compare(&mut service, &mut model),
                Step::Reopen => {
                    service.drain().expect("drain");
                    service = self.open();
                }
                _ => {}
            }
        }
        compare(&mut service, &mut model);
        service.drain().expect("drain");
        self.empty(&mut model);
    }

    /// Opens once more and takes everything out, so that the next case starts with few rows.
    fn empty(&self, model: &mut Model) {
        let mut service = self.open();
        compare(&mut service, model);
        for time in [Time::Event, Time::Processing] {
            let all = Asked { time, remove: true, up_to: i64::MAX, key: None, namespace: None, capacity: 1 << 20 };
            ask(&mut service, model, &all).expect("due");
            assert_eq!(service.next(time).expect("next"), None);
        }
        service.drain().expect("drain");
    }
}

fn check(write_back: bool, limits: Limits) {
    let bench = Bench::new(write_back, limits);
    let steps = prop::collection::vec((prop::bool::weighted(0.15), step()), 1..50);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new(config);
    let run = runner.run(&steps, |steps| {
        bench.run(&steps);
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn timers_written_at_once_are_those_of_the_model() {
    check(false, TIGHT);
}

#[test]
fn timers_written_back_are_those_of_the_model() {
    check(true, TIGHT);
}

#[test]
fn timers_that_all_fit_into_memory_are_those_of_the_model() {
    check(true, Limits::default());
    check(false, Limits::default());
}
