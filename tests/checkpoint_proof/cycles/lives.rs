//! How a job ends and begins again: orderly, by a crash, from checkpoints, with another number of subtasks.

use std::path::PathBuf;

use flink_state_backend::checkpoint::{ClaimMode, Source, Subtask as Share};
use flink_state_backend::options::WalMode;
use flink_state_backend::Backend;

use super::job::{begin, Job, Origin};
use super::subtask::{store, Subtask};

const MODES: [ClaimMode; 3] = [ClaimMode::Claim, ClaimMode::NoClaim, ClaimMode::Legacy];

impl Job {
    fn end_all(&mut self, how: impl Fn(Backend)) {
        self.subtasks.drain(..).map(Subtask::into_backend).for_each(how);
    }

    /// An orderly end, perhaps in the midst of a checkpoint, of which nobody hears any more.
    pub(super) fn reopen(&mut self) {
        let is_in_the_midst = self.random.percent(40);
        self.tell("reopen", &is_in_the_midst);
        if is_in_the_midst {
            let id = self.next_id;
            self.next_id += 1;
            self.subtasks.iter().for_each(|subtask| drop(begin(subtask, id).expect("begins")));
        }
        self.end_all(|backend| backend.close().expect("closes"));
        self.open_what_is_there();
    }

    fn open_what_is_there(&mut self) {
        let parallelism = self.data.len();
        for index in 0..parallelism {
            let setup = self.setup(parallelism, index);
            let backend = Backend::open(setup.options(&self.data[index]), None).expect("opens");
            self.add(backend, setup);
        }
        self.check();
    }

    /// Without one: with a log all is there again; without, a job goes back to its newest checkpoint.
    pub(super) fn crash(&mut self) {
        self.tell("crash", &());
        if self.wal == WalMode::Disabled {
            return self.restore_one(true);
        }
        self.end_all(drop);
        self.open_what_is_there();
    }

    pub(super) fn restore(&mut self) {
        let is_newest = self.random.percent(75);
        self.restore_one(is_newest);
    }

    fn restore_one(&mut self, is_newest: bool) {
        let parallelism = self.subtasks.len();
        let complete = self.complete();
        let Some(newest) = complete.last().copied() else { return self.begin_again(parallelism) };
        let id = if is_newest { newest } else { self.random.pick(&complete) };
        let mode = self.random.pick(&MODES);
        self.tell("restore", &(id, mode));
        self.end_all(drop);
        self.model = self.kept[&id].clone();
        for index in 0..parallelism {
            if self.random.percent(30) {
                self.data[index] = self.new_folder();
            }
            let setup = self.setup(parallelism, index);
            let (_, store) = store(&self.checkpoints(index));
            let source = Source::of(&store, id);
            let restored = Backend::restore(setup.options(&self.data[index]), None, &source, mode);
            self.add(restored.expect("restores"), setup);
        }
        self.check();
    }

    /// Where there is no checkpoint of this generation: from where it came, or from nothing.
    fn begin_again(&mut self, parallelism: usize) {
        self.end_all(drop);
        match self.origin.take() {
            None => {
                self.generation += 1;
                self.kept.clear();
                self.start_empty(parallelism);
            }
            Some(origin) => self.rescale_from(origin, parallelism),
        }
    }

    pub(super) fn rescale(&mut self) {
        let parallelism = 1 + self.random.below(5);
        let Some(id) = self.complete().last().copied() else { return self.begin_again(parallelism) };
        let folders: Vec<PathBuf> = (0..self.subtasks.len()).map(|index| self.checkpoints(index)).collect();
        self.end_all(drop);
        let model = self.kept.remove(&id).expect("complete");
        self.rescale_from(Origin { folders, id, model }, parallelism);
    }

    fn rescale_from(&mut self, origin: Origin, parallelism: usize) {
        let mode = self.random.pick(&MODES);
        self.tell("rescale", &(origin.id, origin.folders.len(), parallelism, mode));
        self.generation += 1;
        self.kept.clear();
        self.model = origin.model.clone();
        self.model.rescale(parallelism);
        self.data = (0..parallelism).map(|_| self.new_folder()).collect();
        for index in 0..parallelism {
            let setup = self.setup(parallelism, index);
            let sources: Vec<Source> =
                origin.folders.iter().map(|folder| Source::of(&store(folder).1, origin.id)).collect();
            let share = Share { parallelism: parallelism as u32, index: index as u32 };
            let rescaled = Backend::rescale(setup.options(&self.data[index]), None, &sources, share, mode);
            self.add(rescaled.expect("rescales"), setup);
        }
        self.origin = Some(origin);
        self.subtasks.iter().for_each(Subtask::check_groups);
        self.check();
        self.share_out();
    }

    /// What operators do after a rescale: each keeps of a union what it knows to be its own.
    fn share_out(&mut self) {
        for index in 0..self.subtasks.len() {
            let operator = &mut self.model.operators[index];
            operator.seen.truncate(index);
            self.subtasks[index].set_operator(operator);
        }
    }
}
