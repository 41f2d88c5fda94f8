//! Rescaling: checkpoints of some subtasks opened by others, in and out, against a model.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use flink_state_backend::checkpoint::{
    CheckpointOptions, CheckpointStore, ClaimMode, LocalStorage, Report, Source, StoreOptions, Subtask,
};
use flink_state_backend::key::key_group;
use flink_state_backend::options::WalMode;
use flink_state_backend::state::descriptor::{Descriptor, Kind};
use flink_state_backend::{Backend, KeyedBackend, KeyedOptions, Options, Time, Timer};
use tempfile::TempDir;

const MAX_PARALLELISM: u32 = 16;
const LONG: Duration = Duration::from_secs(60);

/// What all subtasks hold together: the value and the timer of each key.
type Model = BTreeMap<u32, u32>;

/// A job whose subtasks have a folder and a store each.
struct Job {
    folder: TempDir,
    generation: u32,
    subtasks: Vec<Running>,
    wal: WalMode,
}

struct Running {
    backend: Backend,
    keyed: KeyedBackend,
    store: Arc<CheckpointStore>,
}

impl Job {
    fn start(parallelism: u32, wal: WalMode) -> Self {
        let mut job = Self { folder: tempfile::tempdir().expect("a folder"), generation: 0, subtasks: Vec::new(), wal };
        for index in 0..parallelism {
            let backend = Backend::open(job.options(index), None).expect("opens");
            job.subtasks.push(job.running(backend, parallelism, index));
        }
        job
    }

    fn options(&self, index: u32) -> Options {
        let mut options = Options::new(self.path("data", index).display().to_string());
        options.wal = self.wal;
        options.family.write_buffer_size_bytes = 64 << 10;
        options
    }

    fn path(&self, what: &str, index: u32) -> PathBuf {
        self.folder.path().join(format!("{what}-{}-{index}", self.generation))
    }

    fn running(&self, backend: Backend, parallelism: u32, index: u32) -> Running {
        let range = key_group::range_of_subtask(MAX_PARALLELISM, parallelism, index).expect("in range");
        let options = KeyedOptions {
            max_parallelism: MAX_PARALLELISM,
            first_key_group: range.first().into(),
            last_key_group: Some(range.last().into()),
            ..Default::default()
        };
        let keyed = backend.keyed(&options).expect("opens");
        let storage = Arc::new(LocalStorage::new(self.path("checkpoints", index)));
        let store = Arc::new(CheckpointStore::new(storage, StoreOptions::default()).expect("valid"));
        Running { backend, keyed, store }
    }

    fn parallelism(&self) -> u32 {
        u32::try_from(self.subtasks.len()).expect("few")
    }

    fn of_key(&self, key: u32) -> &Running {
        let group = key_group::of_key(&key.to_be_bytes(), MAX_PARALLELISM).expect("in range");
        let holds = |running: &&Running| running.keyed.key_group_range().contains(group);
        self.subtasks.iter().find(holds).expect("every group has a subtask")
    }

    fn put(&self, model: &mut Model, key: u32, value: u32) {
        let keyed = &self.of_key(key).keyed;
        let state = keyed.state(Descriptor::new("value", Kind::Value)).expect("declared");
        keyed.set_current_key(&key.to_be_bytes(), None).expect("of this subtask");
        state.put(&[&value.to_be_bytes()[..], &[7; 60]].concat()).expect("put");
        if model.insert(key, value).is_none() {
            let (timers, bytes) = (keyed.timer_service("ticks").expect("opens"), key.to_be_bytes());
            let timer = Timer { time: Time::Event, hash: None, timestamp: key.into(), key: &bytes, namespace: b"" };
            timers.register(&[timer]).expect("registered");
        }
    }

    fn checkpoint(&self, id: u64) -> Vec<Report> {
        let options = CheckpointOptions { timeout: None, confirm: true };
        let begin = |running: &Running| running.backend.begin_checkpoint(&running.store, id, options).expect("begins");
        let tasks: Vec<_> = self.subtasks.iter().map(begin).collect();
        tasks.iter().map(|task| task.wait(LONG).expect("succeeds").expect("ends")).collect()
    }

    /// Opens the last checkpoints with another number of subtasks; what came after them is lost, as when a job fails.
    fn rescale(&mut self, parallelism: u32) {
        let sources: Vec<Source> = self.subtasks.iter().map(|running| Source::newest(&running.store)).collect();
        self.subtasks.clear();
        self.generation += 1;
        for index in 0..parallelism {
            let subtask = Subtask { parallelism, index };
            let backend =
                Backend::rescale(self.options(index), None, &sources, subtask, ClaimMode::Claim).expect("rescales");
            let running = self.running(backend, parallelism, index);
            self.subtasks.push(running);
        }
    }

    fn check(&self, model: &Model) {
        for (key, value) in model {
            let keyed = &self.of_key(*key).keyed;
            let state = keyed.state(Descriptor::new("value", Kind::Value)).expect("declared");
            keyed.set_current_key(&key.to_be_bytes(), None).expect("of this subtask");
            let found = state.get().expect("read").map(|bytes| bytes[..4].to_vec());
            assert_eq!(found.as_deref(), Some(&value.to_be_bytes()[..]), "key {key}");
        }
        let timers = |running: &Running| {
            let timers = running.keyed.timer_service("ticks").expect("opens");
            timers.count(Time::Event).expect("counted")
        };
        assert_eq!(self.subtasks.iter().map(timers).sum::<u64>(), model.len() as u64, "timers");
        // Nothing of other key groups is there either.
        let rows = |running: &Running| {
            let family = running.backend.column_family("user_state").expect("exists");
            let mut scan = family.scan(&Default::default()).expect("starts");
            let (mut page, mut rows) = (vec![0; 1 << 20], 0);
            while let flink_state_backend::Page::Filled { row_count: count @ 1.., .. } =
                scan.page(flink_state_backend::Direction::Forward, &mut page).expect("reads")
            {
                rows += count;
            }
            rows
        };
        assert_eq!(self.subtasks.iter().map(rows).sum::<usize>(), model.len(), "rows");
    }
}

fn fill(job: &Job, model: &mut Model, from: u32, to: u32, value: u32) {
    (from..to).for_each(|key| job.put(model, key, value));
}

fn out_and_in(wal: WalMode) {
    let (mut job, mut model) = (Job::start(1, wal), Model::new());
    fill(&job, &mut model, 0, 3000, 1);
    for (round, parallelism) in (1_u32..).zip([2, 5, 3, 1, 4, 4, 2, 1]) {
        job.checkpoint(round.into());
        let kept = model.clone();
        fill(&job, &mut model, 2900, 3100, 99);
        model = kept;
        job.rescale(parallelism);
        job.check(&model);
        fill(&job, &mut model, round * 200, round * 200 + 500, round + 1);
        job.check(&model);
    }
}

#[test]
fn out_and_in_again_without_a_log() {
    out_and_in(WalMode::Disabled);
}

#[test]
fn out_and_in_again_with_a_log() {
    out_and_in(WalMode::Enabled);
}

#[test]
fn what_files_hold_is_known_after_a_rescale_in() {
    let (mut job, mut model) = (Job::start(2, WalMode::Disabled), Model::new());
    fill(&job, &mut model, 0, 3000, 1);
    job.checkpoint(1);
    job.rescale(1);
    assert_eq!(job.parallelism(), 1);
    let origin = std::fs::read_to_string(job.path("data", 0).join("FSB_ORIGIN")).expect("written");
    let known = origin.matches(".sst\"").count();
    assert!(known >= 4, "{known} files are known in {origin}");
}

#[test]
fn operator_state_is_split_joined_or_copied() {
    let (mut job, mut model) = (Job::start(2, WalMode::Disabled), Model::new());
    fill(&job, &mut model, 0, 100, 1);
    let packed = |items: &[String]| -> Vec<u8> {
        items.iter().flat_map(|item| [&(item.len() as u32).to_le_bytes()[..], item.as_bytes()].concat()).collect()
    };
    let items = |bytes: &[u8]| -> Vec<String> {
        let (mut rest, mut items) = (bytes, Vec::new());
        while let Some((length, tail)) = rest.split_first_chunk::<4>() {
            let (item, tail) = tail.split_at(u32::from_le_bytes(*length) as usize);
            items.push(String::from_utf8(item.to_vec()).expect("text"));
            rest = tail;
        }
        items
    };
    let open = |job: &Job, at: usize, name: &str, kind| {
        job.subtasks[at].backend.operator_state(Descriptor::new(name, kind)).expect("declared")
    };
    for at in 0..2 {
        for (name, kind) in [("offsets", Kind::List), ("seen", Kind::Union)] {
            let elements: Vec<String> = (0..3).map(|number| format!("{name} {at} {number}")).collect();
            open(&job, at, name, kind).add_elements(&packed(&elements)).expect("added");
        }
        open(&job, at, "rules", Kind::Broadcast).map_put(b"rule", Some(b"the same")).expect("put");
    }
    let read = |job: &Job, at: usize, name: &str, kind| {
        items(&open(job, at, name, kind).get().expect("read").unwrap_or_default())
    };
    job.checkpoint(1);
    job.rescale(3);
    let mut offsets: Vec<String> = (0..3).flat_map(|at| read(&job, at, "offsets", Kind::List)).collect();
    assert!((0..3).all(|at| read(&job, at, "offsets", Kind::List).len() == 2), "{offsets:?}");
    offsets.sort();
    assert_eq!(offsets, ["offsets 0 0", "offsets 0 1", "offsets 0 2", "offsets 1 0", "offsets 1 1", "offsets 1 2"]);
    for at in 0..3 {
        assert_eq!(read(&job, at, "seen", Kind::Union).len(), 6);
        let rules = open(&job, at, "rules", Kind::Broadcast);
        assert!(rules.map_contains(b"rule").expect("read"));
    }
    job.check(&model);
}

/// As if the deletion of rows that an earlier rescale cut off had gone with its file: the rows are another subtask's, which has none now.
#[test]
fn rows_outside_a_subtask_s_own_range_do_not_come_back() {
    let (mut job, model) = (Job::start(2, WalMode::Disabled), Model::new());
    let family = job.subtasks[1].backend.column_family("user_state").expect("exists");
    family.put(&[0, 3, 1, 2, 3, 4, 5, 0, 0, 0, 0], b"left over").expect("put");
    drop(family);
    job.checkpoint(1);
    job.rescale(1);
    job.check(&model);
}

#[test]
fn rows_without_key_groups_go_to_the_first_subtask() {
    let (mut job, _) = (Job::start(2, WalMode::Disabled), Model::new());
    for (at, running) in job.subtasks.iter().enumerate() {
        let family = running.backend.column_family("default").expect("exists");
        family.put(format!("own {at}").as_bytes(), b"x").expect("put");
        family.put(b"same", b"y").expect("put");
    }
    job.checkpoint(1);
    job.rescale(3);
    let count = |at: usize, key: &[u8]| {
        let family = job.subtasks[at].backend.column_family("default").expect("exists");
        usize::from(family.contains(None, key).expect("read"))
    };
    for key in [&b"own 0"[..], b"own 1", b"same"] {
        assert_eq!([count(0, key), count(1, key), count(2, key)], [1, 0, 0]);
    }
}

#[test]
fn what_does_not_fit_together_is_refused_by_name() {
    let (job, mut model) = (Job::start(2, WalMode::Disabled), Model::new());
    fill(&job, &mut model, 0, 100, 1);
    job.checkpoint(1);
    let source = |at: usize| Source::newest(&job.subtasks[at].store);
    let refused = |sources: &[Source], parallelism, index| {
        let options = Options::new(job.folder.path().join("refused").display().to_string());
        let subtask = Subtask { parallelism, index };
        Backend::rescale(options, None, sources, subtask, ClaimMode::NoClaim).err().expect("refused").to_string()
    };
    let text = refused(&[source(0)], 1, 0);
    assert!(text.contains("key group 8 of subtask 0 is in none of the checkpoints"), "{text}");
    let text = refused(&[source(0), source(0), source(1)], 1, 0);
    assert!(text.contains("give each former subtask's checkpoint once"), "{text}");
    let text = refused(&[source(0), source(1)], 17, 0);
    assert!(text.contains("parallelism 17 is not within 1..=16"), "{text}");
    let text = refused(&[source(0), source(1)], 2, 2);
    assert!(text.contains("subtask 2 is not within 0..=1"), "{text}");
    assert!(refused(&[], 1, 0).contains("none is given"));
    for at in 0..2 {
        let family = job.subtasks[at].backend.column_family("default").expect("exists");
        family.put(b"key", format!("{at}").as_bytes()).expect("put");
    }
    job.checkpoint(2);
    let text = refused(&[source(0), source(1)], 1, 0);
    assert!(text.contains("column family 'default' has no key groups"), "{text}");
}
