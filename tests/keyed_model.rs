//! Random operations on all kinds of keyed state against a model in memory, with a moving clock, flush, compaction, drain and reopening.
//!
//! All cases share one backend, each with keys of its own: opening one for each case would take most of the time.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use flink_state_backend::state::descriptor::{Aggregate, Descriptor, Kind, Ttl, TtlUpdate, TtlVisibility};
use flink_state_backend::state::keyed::ClockSource;
use flink_state_backend::state::map::MapRead;
use flink_state_backend::state::scan::{ScanOver, StateScan};
use flink_state_backend::{Backend, KeyedBackend, KeyedOptions, Options, Page, Read, State, Time};
use proptest::prelude::*;

const TTL_MILLIS: i64 = 10;

#[derive(Debug, Clone)]
enum Step {
    Key(u8),
    Namespace(u8),
    Advance(u8),
    Put(usize, Vec<u8>),
    Clear(usize),
    ListAdd(usize, Vec<Vec<u8>>),
    ListUpdate(usize, Vec<Vec<u8>>),
    ListMerge(usize, u8, Vec<u8>),
    MapPut(usize, Vec<u8>, Option<Vec<u8>>),
    MapPutAll(usize, Vec<(Vec<u8>, Option<Vec<u8>>)>),
    MapRemove(usize, Vec<u8>),
    Add(i32),
    SumMerge(u8, Vec<u8>),
    Compare,
    Keys,
    Drain,
    Flush,
    Compact,
    Reopen,
}

const VALUES: [&str; 3] = ["value", "value ttl", "value ttl on read"];
const LISTS: [&str; 3] = ["list", "list ttl", "list ttl on read"];
const MAPS: [&str; 3] = ["map", "map ttl", "map ttl on read"];

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![Just(0u8), Just(0xff), any::<u8>()], 0..4)
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0usize..3;
    prop_oneof![
        6 => (0u8..4).prop_map(Step::Key),
        2 => (0u8..3).prop_map(Step::Namespace),
        3 => (0u8..8).prop_map(Step::Advance),
        5 => (which.clone(), bytes()).prop_map(|(which, value)| Step::Put(which, value)),
        2 => (0usize..10).prop_map(Step::Clear),
        5 => (which.clone(), prop::collection::vec(bytes(), 0..4)).prop_map(|(which, it)| Step::ListAdd(which, it)),
        2 => (which.clone(), prop::collection::vec(bytes(), 0..3)).prop_map(|(which, it)| Step::ListUpdate(which, it)),
        1 => merge().prop_map(|(which, target, sources)| Step::ListMerge(which, target, sources)),
        1 => merge().prop_map(|(_, target, sources)| Step::SumMerge(target, sources)),
        5 => (which.clone(), bytes(), prop::option::of(bytes())).prop_map(|(it, key, value)| Step::MapPut(it, key, value)),
        2 => (which.clone(), prop::collection::vec((bytes(), prop::option::of(bytes())), 0..5)).prop_map(|(it, all)| Step::MapPutAll(it, all)),
        2 => (which, bytes()).prop_map(|(which, key)| Step::MapRemove(which, key)),
        3 => any::<i32>().prop_map(Step::Add),
        6 => Just(Step::Compare),
        1 => Just(Step::Keys),
        1 => Just(Step::Drain),
    ]
}

fn merge() -> impl Strategy<Value = (usize, u8, Vec<u8>)> {
    (0usize..3, 0u8..3, prop::collection::vec(0u8..3, 0..4))
}

/// Something in each namespace, which may expire, and then all of it merged: steps drawn one by one hardly ever meet so.
fn merging() -> impl Strategy<Value = Vec<Step>> {
    let filled = prop::collection::vec((prop::collection::vec(bytes(), 1..3), any::<i32>(), 0u8..8), 3);
    (filled, merge()).prop_map(|(filled, (which, target, sources))| {
        let mut steps = Vec::new();
        for (namespace, (elements, number, millis)) in (0..).zip(filled) {
            let fill = [Step::ListAdd(which, elements), Step::Add(number), Step::Advance(millis)];
            steps.push(Step::Namespace(namespace));
            steps.extend(fill);
        }
        let merges = [Step::ListMerge(which, target, sources.clone()), Step::SumMerge(target, sources)];
        steps.extend(merges);
        steps.extend((0..3).flat_map(|namespace| [Step::Namespace(namespace), Step::Compare]));
        steps
    })
}

/// Few of the steps that are slow.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let merging = prop::option::weighted(0.1, merging());
    (steps_at_random(), merging).prop_map(|(steps, merging)| [steps, merging.unwrap_or_default()].concat())
}

fn steps_at_random() -> impl Strategy<Value = Vec<Step>> {
    let rare = prop_oneof![6 => Just(None), 1 => prop_oneof![Just(Step::Flush), Just(Step::Compact), Just(Step::Reopen)].prop_map(Some)];
    (prop::collection::vec(step(), 1..25), prop::option::weighted(0.02, rare), any::<prop::sample::Index>()).prop_map(
        |(mut steps, rare, at)| {
            if let Some(rare) = rare.flatten() {
                steps.insert(at.index(steps.len() + 1), rare);
                steps.push(Step::Compare);
            }
            steps
        },
    )
}

struct Job {
    backend: Option<Backend>,
    open: Option<Open>,
    options: Options,
    now: i64,
    case: u64,
    _folder: tempfile::TempDir,
}

struct Open {
    keyed: KeyedBackend,
    values: Vec<State>,
    lists: Vec<State>,
    maps: Vec<State>,
    sum: State,
}

fn descriptor(name: &str, kind: Kind) -> Descriptor {
    let update = if name.ends_with("on read") { TtlUpdate::OnReadAndWrite } else { TtlUpdate::OnCreateAndWrite };
    let visibility = TtlVisibility::NeverReturnExpired;
    let ttl = name.contains("ttl").then_some(Ttl { millis: TTL_MILLIS, update, visibility, time: Time::Processing });
    Descriptor { ttl, ..Descriptor::new(name, kind) }
}

impl Open {
    fn new(backend: &Backend, now: i64) -> Self {
        // A small cache, so that rows leave it all the time.
        let options = KeyedOptions { clock: ClockSource::Manual, row_cache_bytes: 8 << 10, ..KeyedOptions::default() };
        let keyed = backend.keyed(&options).expect("opens");
        keyed.set_time(Time::Processing, now).expect("forwards");
        let states = |names: [&str; 3], kind| {
            names.into_iter().map(|name| keyed.state(descriptor(name, kind)).expect("registered")).collect()
        };
        let (values, lists, maps) = (states(VALUES, Kind::Value), states(LISTS, Kind::List), states(MAPS, Kind::Map));
        let sum = Descriptor { aggregate: Some(Aggregate::SumI64), ..Descriptor::new("sum", Kind::Reducing) };
        let sum = keyed.state(sum).expect("registered");
        Self { keyed, values, lists, maps, sum }
    }
}

impl Job {
    fn new(wal: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state");
        let json = format!(r#"{{"data_directory":{:?},"wal":"{wal}","write_buffer_size_bytes":1048576}}"#, path);
        let options = Options::from_json(json.as_bytes()).expect("well-formed");
        let mut job = Self { backend: None, open: None, options, now: 0, case: 0, _folder: folder };
        job.reopen();
        job
    }

    fn reopen(&mut self) {
        self.open = None;
        if let Some(backend) = self.backend.take() {
            backend.close().expect("closes");
        }
        let backend = Backend::open(self.options.clone(), None).expect("opens");
        self.open = Some(Open::new(&backend, self.now));
        self.backend = Some(backend);
    }

    fn open(&self) -> &Open {
        self.open.as_ref().expect("open between steps")
    }
}

/// A value with the time of its last write, or of its last read where that counts.
type Stamped<T> = (T, i64);

/// A map with the time of the last write of each entry.
type StampedMap = BTreeMap<Vec<u8>, Stamped<Option<Vec<u8>>>>;

#[derive(Default, Clone)]
struct Cell {
    values: [Option<Stamped<Vec<u8>>>; 3],
    lists: [Vec<Stamped<Vec<u8>>>; 3],
    maps: [StampedMap; 3],
    sum: Option<i64>,
}

fn alive(which: usize, written: i64, now: i64) -> bool {
    which == 0 || written + TTL_MILLIS > now
}

struct Run<'a> {
    job: &'a mut Job,
    cells: BTreeMap<(u8, u8), Cell>,
    key: u8,
    namespace: u8,
}

fn packed(items: &[Vec<u8>]) -> Vec<u8> {
    items.iter().flat_map(|item| [&(item.len() as u32).to_le_bytes()[..], item].concat()).collect()
}

fn packed_entries(entries: &[(Vec<u8>, Option<Vec<u8>>)]) -> Vec<u8> {
    let mut packed = Vec::new();
    for (key, value) in entries {
        packed.extend_from_slice(&(key.len() as u32).to_le_bytes());
        packed.extend_from_slice(&value.as_ref().map_or(u32::MAX, |value| value.len() as u32).to_le_bytes());
        packed.extend_from_slice(key);
        packed.extend_from_slice(value.as_deref().unwrap_or_default());
    }
    packed
}

fn entries_of(mut scan: StateScan) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let (mut page, mut entries) = (vec![0; 48], Vec::new());
    loop {
        match scan.page(&mut page).expect("reads") {
            Page::Filled { row_count: 0, .. } => return entries,
            Page::Short(needed) => page.resize(needed, 0),
            Page::Filled { length, .. } => {
                let mut rest = &page[..length];
                while !rest.is_empty() {
                    let word = |at: usize| u32::from_le_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]);
                    let (key, value) = (word(0) as usize, word(4));
                    let end = 8 + key + if value == u32::MAX { 0 } else { value as usize };
                    let value = (value != u32::MAX).then(|| rest[8 + key..end].to_vec());
                    entries.push((rest[8..8 + key].to_vec(), value));
                    rest = &rest[end..];
                }
            }
        }
    }
}

fn merge_namespaces(state: &State, target: u8, sources: &[u8]) {
    let names: Vec<_> = sources.iter().map(|source| vec![0; usize::from(*source)]).collect();
    state.merge_namespaces(&vec![0; usize::from(target)], &packed(&names)).expect("merged");
}

impl Run<'_> {
    fn row_key(&self, key: u8) -> Vec<u8> {
        // Keys that are prefixes of one another, with bytes that framing escapes.
        [&self.job.case.to_be_bytes()[..], &[0, 0xff, 0, 1][..usize::from(key)]].concat()
    }

    fn enter(&mut self) {
        let keyed = &self.job.open().keyed;
        keyed.set_current_key(&self.row_key(self.key), None).expect("in range");
        keyed.set_namespace(&vec![0; usize::from(self.namespace)]).expect("short");
    }

    fn cell(&mut self) -> &mut Cell {
        self.cells.entry((self.key, self.namespace)).or_default()
    }

    fn run(&mut self, step: &Step) {
        let now = self.job.now;
        match step {
            Step::Key(key) => self.key = *key,
            Step::Namespace(namespace) => self.namespace = *namespace,
            Step::Advance(millis) => {
                self.job.now += i64::from(*millis);
                self.job.open().keyed.set_time(Time::Processing, self.job.now).expect("forwards");
            }
            Step::Put(which, value) => {
                self.job.open().values[*which].put(value).expect("written");
                self.cell().values[*which] = Some((value.clone(), now));
            }
            Step::Clear(which) => self.clear(*which),
            Step::ListAdd(which, elements) => {
                self.job.open().lists[*which].add_elements(&packed(elements)).expect("appended");
                self.cell().lists[*which].extend(elements.iter().map(|element| (element.clone(), now)));
            }
            Step::ListUpdate(which, elements) => {
                self.job.open().lists[*which].update_elements(&packed(elements)).expect("replaced");
                self.cell().lists[*which] = elements.iter().map(|element| (element.clone(), now)).collect();
            }
            Step::ListMerge(which, target, sources) => self.merge_lists(*which, *target, sources),
            Step::MapPut(which, key, value) => {
                self.job.open().maps[*which].map_put(key, value.as_deref()).expect("written");
                self.cell().maps[*which].insert(key.clone(), (value.clone(), now));
            }
            Step::MapPutAll(which, entries) => {
                self.job.open().maps[*which].map_put_all(&packed_entries(entries)).expect("written");
                let map = &mut self.cell().maps[*which];
                entries.iter().for_each(|(key, value)| drop(map.insert(key.clone(), (value.clone(), now))));
            }
            Step::MapRemove(which, key) => {
                self.job.open().maps[*which].map_remove(key).expect("removed");
                self.cell().maps[*which].remove(key);
            }
            Step::Add(value) => {
                self.job.open().sum.add_i64(i64::from(*value)).expect("added");
                let sum = &mut self.cell().sum;
                *sum = Some(sum.unwrap_or_default() + i64::from(*value));
            }
            Step::SumMerge(target, sources) => self.merge_sums(*target, sources),
            Step::Compare => self.compare(),
            Step::Keys => self.compare_keys(),
            Step::Drain => self.job.open().keyed.drain().expect("drained"),
            Step::Flush => self.job.backend.as_ref().expect("open").flush().expect("flushed"),
            Step::Compact => self.compact(),
            Step::Reopen => self.job.reopen(),
        }
        self.enter();
    }

    fn clear(&mut self, which: usize) {
        let (kind, at) = (which / 3, which % 3);
        let open = self.job.open();
        let state = match kind {
            0 => &open.values[at],
            1 => &open.lists[at],
            2 => &open.maps[at],
            _ => &open.sum,
        };
        state.clear().expect("cleared");
        let cell = self.cell();
        match kind {
            0 => cell.values[at] = None,
            1 => cell.lists[at].clear(),
            2 => cell.maps[at].clear(),
            _ => cell.sum = None,
        }
    }

    fn merge_lists(&mut self, which: usize, target: u8, sources: &[u8]) {
        let now = self.job.now;
        merge_namespaces(&self.job.open().lists[which], target, sources);
        for source in sources.iter().filter(|source| **source != target) {
            let elements = std::mem::take(&mut self.cells.entry((self.key, *source)).or_default().lists[which]);
            let live = elements.into_iter().filter(|(_, written)| alive(which, *written, now));
            let live: Vec<_> = live.collect();
            self.cells.entry((self.key, target)).or_default().lists[which].extend(live);
        }
    }

    fn merge_sums(&mut self, target: u8, sources: &[u8]) {
        merge_namespaces(&self.job.open().sum, target, sources);
        for source in sources.iter().filter(|source| **source != target) {
            let Some(added) = self.cells.entry((self.key, *source)).or_default().sum.take() else { continue };
            let sum = &mut self.cells.entry((self.key, target)).or_default().sum;
            *sum = Some(sum.unwrap_or_default() + added);
        }
    }

    fn compact(&self) {
        let backend = self.job.backend.as_ref().expect("open");
        backend.flush().expect("flushed");
        backend.column_family("user_state").and_then(|family| family.compact(None, None)).expect("compacted");
    }

    fn compare(&mut self) {
        let now = self.job.now;
        let mut cell = self.cell().clone();
        let open = self.job.open();
        for which in 0..3 {
            let refreshed = which == 2;
            cell.values[which].take_if(|(_, written)| !alive(which, *written, now));
            assert_eq!(open.values[which].get().expect("read"), cell.values[which].clone().map(|(value, _)| value));
            cell.lists[which].retain(|(_, written)| alive(which, *written, now));
            let elements: Vec<_> = cell.lists[which].iter().map(|(element, _)| element.clone()).collect();
            let expected = (!elements.is_empty()).then(|| packed(&elements));
            assert_eq!(open.lists[which].get().expect("read"), expected);
            cell.maps[which].retain(|_, (_, written)| alive(which, *written, now));
            let entries: Vec<_> =
                cell.maps[which].iter().map(|(key, (value, _))| (key.clone(), value.clone())).collect();
            let scan = open.maps[which].scan(ScanOver::Entries, true).expect("starts");
            assert_eq!(entries_of(scan), entries);
            assert_eq!(open.maps[which].is_empty().expect("read"), entries.is_empty());
            if let Some((key, value)) = entries.first() {
                let mut target = vec![0; 8];
                let expected = match value {
                    None => MapRead::Null,
                    Some(value) => MapRead::Value(Read::Copied(value.len())),
                };
                assert_eq!(open.maps[which].map_get(key, &mut target).expect("read"), expected);
            }
            if refreshed {
                cell.values[which].iter_mut().for_each(|(_, written)| *written = now);
                cell.lists[which].iter_mut().for_each(|(_, written)| *written = now);
                cell.maps[which].values_mut().for_each(|(_, written)| *written = now);
            }
        }
        assert_eq!(open.sum.result_i64().expect("read"), cell.sum);
        *self.cell() = cell;
    }

    fn compare_keys(&self) {
        let now = self.job.now;
        let scan = self.job.open().values[1].scan(ScanOver::KeysAndNamespaces, false).expect("starts");
        let own = self.job.case.to_be_bytes();
        let mut found: Vec<_> = entries_of(scan).into_iter().filter(|(key, _)| key.starts_with(&own)).collect();
        found.sort();
        let holds = |cell: &Cell| cell.values[1].as_ref().is_some_and(|(_, written)| alive(1, *written, now));
        let cells = self.cells.iter().filter(|(_, cell)| holds(cell));
        let mut expected: Vec<_> =
            cells.map(|((key, namespace), _)| (self.row_key(*key), Some(vec![0; usize::from(*namespace)]))).collect();
        expected.sort();
        assert_eq!(found, expected);
    }
}

fn check(job: &Mutex<Job>, steps: &[Step]) {
    let mut job = job.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    job.case += 1;
    if job.case.is_multiple_of(256) {
        // Else every walk over keys would meet the keys of all cases before.
        let names = [VALUES, LISTS, MAPS].concat();
        drop(job.open.take());
        let backend = job.backend.as_ref().expect("open");
        let keyed = backend.keyed(&KeyedOptions::default()).expect("opens");
        names.iter().for_each(|name| keyed.drop_state(name).expect("no handle is open"));
        drop(keyed);
        job.reopen();
    }
    let mut run = Run { job: &mut job, cells: BTreeMap::new(), key: 0, namespace: 0 };
    run.enter();
    steps.iter().for_each(|step| run.run(step));
    run.compare();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_kind_does_what_its_model_does_without_a_log(steps in steps()) {
        static JOB: LazyLock<Mutex<Job>> = LazyLock::new(|| Mutex::new(Job::new("disabled")));
        check(&JOB, &steps);
    }

    #[test]
    fn every_kind_does_what_its_model_does_with_a_log(steps in steps()) {
        static JOB: LazyLock<Mutex<Job>> = LazyLock::new(|| Mutex::new(Job::new("enabled")));
        check(&JOB, &steps);
    }
}
