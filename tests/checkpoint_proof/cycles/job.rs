//! [`Job`]: subtasks that live through random cycles, and what they must hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use flink_state_backend::checkpoint::{CheckpointOptions, CheckpointStore, CheckpointTask, Report};
use flink_state_backend::options::WalMode;
use flink_state_backend::{Backend, Error};
use tempfile::TempDir;

use super::model::Model;
use super::random::Random;
use super::subtask::{Setup, Subtask};
use crate::faulty::Fault;
use crate::place::{self, files_below, LONG};

/// Checkpoints that all former subtasks have in common, from which a job came.
pub(super) struct Origin {
    pub(super) folders: Vec<PathBuf>,
    pub(super) id: u64,
    pub(super) model: Model,
}

pub struct Job {
    // IMPORTANT: before the folder.
    pub(super) subtasks: Vec<Subtask>,
    pub(super) folder: TempDir,
    /// Counts rescales: each begins with new folders.
    pub(super) generation: usize,
    /// Counts folders of state.
    pub(super) folders: usize,
    pub(super) data: Vec<PathBuf>,
    pub(super) origin: Option<Origin>,
    /// What the checkpoints of this generation hold that are complete in all subtasks.
    pub(super) kept: BTreeMap<u64, Model>,
    pub(super) next_id: u64,
    pub(super) model: Model,
    pub(super) random: Random,
    seed: u64,
    pub(super) wal: WalMode,
    told: Vec<String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Job {
    pub fn start(seed: u64, wal: WalMode) -> Self {
        let mut random = Random::new(seed);
        let parallelism = 1 + random.below(4);
        let mut job = Self {
            subtasks: Vec::new(),
            folder: tempfile::tempdir().expect("a folder"),
            generation: 0,
            folders: 0,
            data: Vec::new(),
            origin: None,
            kept: BTreeMap::new(),
            next_id: 1,
            model: Model::new(parallelism),
            random,
            seed,
            wal,
            told: Vec::new(),
            counts: BTreeMap::new(),
        };
        job.start_empty(parallelism);
        job
    }

    pub(super) fn start_empty(&mut self, parallelism: usize) {
        self.tell("start", &parallelism);
        self.model = Model::new(parallelism);
        self.data = (0..parallelism).map(|_| self.new_folder()).collect();
        for index in 0..parallelism {
            let setup = self.setup(parallelism, index);
            let backend = Backend::open(setup.options(&self.data[index]), None).expect("opens");
            self.add(backend, setup);
        }
    }

    pub(super) fn new_folder(&mut self) -> PathBuf {
        self.folders += 1;
        self.folder.path().join(format!("data-{}", self.folders))
    }

    pub(super) fn checkpoints(&self, index: usize) -> PathBuf {
        self.folder.path().join(format!("checkpoints-{}-{index}", self.generation))
    }

    pub(super) fn setup(&mut self, parallelism: usize, index: usize) -> Setup {
        let row_cache_bytes = self.random.pick(&[0, 8 << 10, 1 << 20]);
        Setup { wal: self.wal, row_cache_bytes, parallelism, index }
    }

    pub(super) fn add(&mut self, backend: Backend, setup: Setup) {
        let subtask = Subtask::new(backend, &self.checkpoints(setup.index), setup, &self.model);
        self.subtasks.push(subtask);
    }

    /// Keeps what is done, for whoever reads of a failure.
    pub(super) fn tell(&mut self, what: &'static str, how: &dyn Debug) {
        self.told.push(format!("{what} {how:?}"));
        *self.counts.entry(what).or_default() += 1;
    }

    pub fn cycle(&mut self) {
        self.write(40);
        match self.random.below(100) {
            0..=44 => self.checkpoint(),
            45..=49 => self.discard(),
            50..=56 => self.collect(),
            57..=61 => self.pass_time(),
            62..=66 => self.change_ttl(),
            67..=72 => self.reopen(),
            73..=79 => self.crash(),
            80..=89 => self.restore(),
            _ => self.rescale(),
        }
        if self.random.percent(30) {
            self.check();
        }
    }

    pub fn finish(&mut self) {
        self.check();
        self.collect();
        println!("seed {}, wal {:?}: {:?}", self.seed, self.wal, self.counts);
    }

    pub(super) fn check(&mut self) {
        *self.counts.entry("check").or_default() += 1;
        self.subtasks.iter().for_each(|subtask| subtask.check(&self.model));
    }

    fn checkpoint(&mut self) {
        let id = self.next_id;
        self.next_id += 1;
        let fault = self.fault();
        let begun: Vec<Result<CheckpointTask, Error>> = self.subtasks.iter().map(|it| begin(it, id)).collect();
        let at_the_barrier = self.model.clone();
        self.write(20);
        if self.random.percent(8) {
            self.tell("cancel", &id);
            begun.iter().flatten().for_each(CheckpointTask::cancel);
        }
        let ended: Vec<_> = begun.into_iter().map(|task| task.and_then(|task| task.wait(LONG))).collect();
        let failure = self.failure_of(ended, fault.is_some());
        match failure {
            None if self.random.percent(85) => self.confirm(id, at_the_barrier),
            None if self.random.percent(50) => {
                self.tell("leave", &id);
                self.kept.insert(id, at_the_barrier);
            }
            failure => {
                self.tell("abort", &failure);
                let aborted = self.subtasks.iter().try_for_each(|it| it.backend.notify_checkpoint_aborted(id));
                self.allow(aborted, fault.is_some());
            }
        }
        self.heal();
    }

    /// Has one storage fail, in some of the checkpoints.
    fn fault(&mut self) -> Option<Fault> {
        let kind = io::ErrorKind::StorageFull;
        let faults = [Fault::Fails(kind), Fault::FailsFromThenOn(kind), Fault::FailsLate(kind)];
        let fault = self.random.percent(25).then(|| self.random.pick(&faults))?;
        let (index, at) = (self.random.below(self.subtasks.len()), 1 + self.random.below(40));
        self.tell("fault", &(index, at, fault));
        self.subtasks[index].storage.arm(at, fault);
        Some(fault)
    }

    fn heal(&self) {
        self.subtasks.iter().for_each(|subtask| drop(subtask.storage.heal()));
    }

    /// The first failure; one that nobody caused is a failure of the test.
    fn failure_of(&self, ended: Vec<Result<Option<Report>, Error>>, is_faulty: bool) -> Option<String> {
        let mut failures = ended.into_iter().filter_map(|ended| match ended {
            Ok(report) => {
                report.expect("ends in time");
                None
            }
            Err(error @ Error::CheckpointCancelled(_)) => Some(error.to_string()),
            Err(error) => {
                let text = error.to_string();
                assert!(is_faulty && text.contains("injected"), "{text}");
                Some(text)
            }
        });
        failures.next()
    }

    fn allow(&self, outcome: Result<(), Error>, is_faulty: bool) {
        if let Err(error) = outcome {
            assert!(is_faulty && error.to_string().contains("injected"), "{error}");
        }
    }

    fn confirm(&mut self, id: u64, at_the_barrier: Model) {
        self.tell("confirm", &id);
        self.kept.insert(id, at_the_barrier);
        for index in 0..self.subtasks.len() {
            let confirmed = self.subtasks[index].backend.notify_checkpoint_complete(id);
            let is_faulty = confirmed.is_err();
            self.allow(confirmed, is_faulty);
        }
        self.heal();
        assert!(self.complete().contains(&id), "checkpoint {id} was confirmed and is not there");
        // What was restored from is needed no more.
        if let Some(origin) = self.origin.take() {
            origin.folders.iter().for_each(|folder| std::fs::remove_dir_all(folder).expect("removed"));
        }
    }

    /// Complete checkpoints that are still there.
    pub(super) fn complete(&self) -> Vec<u64> {
        let ids: Vec<BTreeSet<u64>> = self.subtasks.iter().map(|it| it.store.ids().expect("listed")).collect();
        self.kept.keys().copied().filter(|id| ids.iter().all(|ids| ids.contains(id))).collect()
    }

    fn discard(&mut self) {
        let complete = self.complete();
        let Some((_newest, older)) = complete.split_last() else { return };
        if older.is_empty() {
            return;
        }
        let id = self.random.pick(older);
        self.tell("discard", &id);
        self.kept.remove(&id);
        for subtask in &self.subtasks {
            subtask.store.discard(id).expect("discards");
            assert!(!subtask.store.ids().expect("listed").contains(&id), "checkpoint {id} is still there");
        }
    }

    fn collect(&mut self) {
        self.tell("collect", &());
        let complete = self.complete();
        for (index, subtask) in self.subtasks.iter().enumerate() {
            // Those that a coordinator never heard of, or gave up.
            for id in subtask.store.ids().expect("listed") {
                if complete.contains(&id) {
                    subtask.store.verify(id).unwrap_or_else(|error| panic!("checkpoint {id} is not whole: {error}"));
                } else {
                    subtask.store.discard(id).expect("discards");
                }
            }
            subtask.store.collect().expect("collects");
            check_files(&subtask.store, &self.checkpoints(index));
        }
        let newest = self.complete().last().copied();
        assert!(newest == complete.last().copied(), "{newest:?} and not {complete:?}");
    }
}

pub(super) fn begin(subtask: &Subtask, id: u64) -> Result<CheckpointTask, Error> {
    subtask.backend.begin_checkpoint(&subtask.store, id, CheckpointOptions::default())
}

/// Exactly the files that checkpoints list are there.
fn check_files(store: &Arc<CheckpointStore>, folder: &std::path::Path) {
    place::check_files(store, &files_below(folder));
}

impl Drop for Job {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let last = self.told.len().saturating_sub(25);
            eprintln!("seed {}, wal {:?}, after:\n  {}", self.seed, self.wal, self.told[last..].join("\n  "));
        }
    }
}
