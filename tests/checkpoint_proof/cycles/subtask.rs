//! One subtask of the job: a backend with states of all kinds, and a store whose storage can fail.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use flink_state_backend::checkpoint::{CheckpointStore, LocalStorage};
use flink_state_backend::key::key_group::{self, KeyGroupRange};
use flink_state_backend::options::WalMode;
use flink_state_backend::state::descriptor::{Aggregate, Descriptor, Kind, Ttl, TtlUpdate, TtlVisibility};
use flink_state_backend::state::keyed::ClockSource;
use flink_state_backend::state::map::MapRead;
use flink_state_backend::{
    Backend, Direction, KeyedBackend, KeyedOptions, Options, Page, Read, State, Time, Timer, TimerQuery, TimerService,
};

use super::model::{self, Model, Operator, Slot, MAP_KEYS, TTL_MILLIS};
use crate::faulty::Faulty;
use crate::place;

pub const MAX_PARALLELISM: u32 = 16;

/// How a subtask is opened.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    pub wal: WalMode,
    pub row_cache_bytes: usize,
    pub parallelism: usize,
    pub index: usize,
}

impl Setup {
    pub fn options(&self, folder: &Path) -> Options {
        let mut options = Options::new(folder.display().to_string());
        options.wal = self.wal;
        options.family.write_buffer_size_bytes = 64 << 10;
        options
    }

    fn range(&self) -> KeyGroupRange {
        let (parallelism, index) = (self.parallelism as u32, self.index as u32);
        key_group::range_of_subtask(MAX_PARALLELISM, parallelism, index).expect("in range")
    }
}

/// A store of one folder, whose calls come in one order, two checkpoints retained.
pub fn store(folder: &Path) -> (Arc<Faulty>, Arc<CheckpointStore>) {
    let storage = Faulty::new(Arc::new(LocalStorage::new(folder)));
    (Arc::clone(&storage), place::store(storage, 2))
}

pub struct Subtask {
    states: States,
    pub backend: Backend,
    pub storage: Arc<Faulty>,
    pub store: Arc<CheckpointStore>,
    setup: Setup,
}

struct States {
    value: State,
    aging: State,
    list: State,
    map: State,
    sum: State,
    mean: State,
    timers: TimerService,
    offsets: State,
    seen: State,
    rules: State,
    keyed: KeyedBackend,
}

impl States {
    fn open(backend: &Backend, setup: &Setup, model: &Model) -> Self {
        let options = KeyedOptions {
            max_parallelism: MAX_PARALLELISM,
            first_key_group: setup.range().first().into(),
            last_key_group: Some(setup.range().last().into()),
            row_cache_bytes: setup.row_cache_bytes,
            clock: ClockSource::Manual,
            ..Default::default()
        };
        let keyed = backend.keyed(&options).expect("opens");
        keyed.set_time(Time::Processing, model.now).expect("forwards");
        let ttl = Ttl {
            millis: TTL_MILLIS,
            update: TtlUpdate::default(),
            visibility: TtlVisibility::default(),
            time: Time::Processing,
        };
        let declare = |name: &str, kind, aggregate, ttl| {
            keyed.state(Descriptor { aggregate, ttl, ..Descriptor::new(name, kind) }).expect("declared")
        };
        let operator = |name: &str, kind| backend.operator_state(Descriptor::new(name, kind)).expect("declared");
        Self {
            value: declare("value", Kind::Value, None, None),
            aging: declare("aging", Kind::Value, None, model.ttl_since.map(|_| ttl)),
            list: declare("list", Kind::List, None, None),
            map: declare("map", Kind::Map, None, None),
            sum: declare("sum", Kind::Reducing, Some(Aggregate::SumI64), None),
            mean: declare("mean", Kind::Aggregating, Some(Aggregate::AverageI64), None),
            timers: keyed.timer_service("ticks").expect("opens"),
            offsets: operator("offsets", Kind::List),
            seen: operator("seen", Kind::Union),
            rules: operator("rules", Kind::Broadcast),
            keyed,
        }
    }
}

/// A value large enough that states fill files.
fn wide(value: u32) -> Vec<u8> {
    [&value.to_be_bytes()[..], &[7; 100]].concat()
}

fn narrow(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(*bytes.first_chunk().expect("four bytes"))
}

fn packed(items: &[u32]) -> Vec<u8> {
    items.iter().flat_map(|item| [4_u32.to_le_bytes(), item.to_be_bytes()].concat()).collect()
}

fn unpacked(bytes: Option<Vec<u8>>) -> Vec<u32> {
    let bytes = bytes.unwrap_or_default();
    bytes.chunks(8).map(|item| narrow(&item[4..])).collect()
}

impl Subtask {
    pub fn new(backend: Backend, checkpoints: &Path, setup: Setup, model: &Model) -> Self {
        let (storage, store) = store(checkpoints);
        Self { states: States::open(&backend, &setup, model), backend, storage, store, setup }
    }

    /// Closes and opens the states, with the ttl of the model.
    pub fn open_states_again(self, model: &Model) -> Self {
        let Self { states, backend, storage, store, setup } = self;
        drop(states);
        Self { states: States::open(&backend, &setup, model), backend, storage, store, setup }
    }

    /// Gives the backend up, with nothing of it in use.
    pub fn into_backend(self) -> Backend {
        drop(self.states);
        self.backend
    }

    pub fn has(&self, slot: Slot) -> bool {
        let group = key_group::of_key(&slot.key_bytes(), MAX_PARALLELISM).expect("in range");
        self.setup.range().contains(group)
    }

    fn at(&self, slot: Slot) -> &States {
        self.states.keyed.set_current_key(&slot.key_bytes(), None).expect("of this subtask");
        self.states.keyed.set_namespace(slot.namespace()).expect("short");
        &self.states
    }

    pub fn set_now(&self, now: i64) {
        self.states.keyed.set_time(Time::Processing, now).expect("forwards");
    }

    pub fn put_value(&self, slot: Slot, value: Option<u32>) {
        let state = &self.at(slot).value;
        value.map_or_else(|| state.clear(), |value| state.put(&wide(value))).expect("written");
    }

    pub fn put_aging(&self, slot: Slot, value: Option<u32>) {
        let state = &self.at(slot).aging;
        value.map_or_else(|| state.clear(), |value| state.put(&wide(value))).expect("written");
    }

    pub fn add_to_list(&self, slot: Slot, items: &[u32]) {
        self.at(slot).list.add_elements(&packed(items)).expect("added");
    }

    pub fn set_list(&self, slot: Slot, items: &[u32]) {
        self.at(slot).list.update_elements(&packed(items)).expect("written");
    }

    pub fn put_entry(&self, slot: Slot, map_key: u8, value: Option<u32>) {
        let value = value.map(wide);
        self.at(slot).map.map_put(&[map_key], value.as_deref()).expect("written");
    }

    pub fn remove_entry(&self, slot: Slot, map_key: u8) {
        self.at(slot).map.map_remove(&[map_key]).expect("removed");
    }

    pub fn add(&self, slot: Slot, value: i64) {
        let states = self.at(slot);
        states.sum.add_i64(value).and_then(|()| states.mean.add_i64(value)).expect("added");
    }

    pub fn set_timer(&self, (is_event, timestamp, slot): model::Timer, is_set: bool) {
        let key = slot.key_bytes();
        let time = if is_event { Time::Event } else { Time::Processing };
        let timer = Timer { time, hash: None, timestamp, key: &key, namespace: slot.namespace() };
        let timers = &self.states.timers;
        if is_set { timers.register(&[timer]) } else { timers.delete(&[timer]) }.expect("written");
    }

    pub fn set_operator(&self, operator: &Operator) {
        self.states.offsets.update_elements(&packed(&operator.offsets)).expect("written");
        self.states.seen.update_elements(&packed(&operator.seen)).expect("written");
    }

    pub fn put_rule(&self, rule: u8, value: u32) {
        self.states.rules.map_put(&[rule], Some(&wide(value))).expect("written");
    }

    /// Writes values, timers and operator state of a model that are this subtask's.
    pub fn write(&self, model: &Model) {
        let own = |slot: &Slot| self.has(*slot);
        model.values.iter().filter(|(slot, _)| own(slot)).for_each(|(slot, value)| self.put_value(*slot, Some(*value)));
        model.timers.iter().filter(|(_, _, slot)| own(slot)).for_each(|timer| self.set_timer(*timer, true));
        self.set_operator(&model.operators[self.setup.index]);
    }

    /// Holds the part of a model that is this subtask's to what there is.
    pub fn check(&self, model: &Model) {
        Slot::all().filter(|slot| self.has(*slot)).for_each(|slot| self.check_slot(model, slot));
        for (is_event, time) in [(true, Time::Event), (false, Time::Processing)] {
            let wanted = model.timers.iter().filter(|(of_event, _, slot)| *of_event == is_event && self.has(*slot));
            let wanted: Vec<(i64, Slot)> = wanted.map(|(_, timestamp, slot)| (*timestamp, *slot)).collect();
            let mut found = self.timers(time);
            found.sort();
            assert_eq!(found, wanted, "timers of {time:?} time");
        }
        let found = Operator {
            offsets: unpacked(self.states.offsets.get().expect("read")),
            seen: unpacked(self.states.seen.get().expect("read")),
        };
        assert_eq!(found, model.operators[self.setup.index], "operator state of subtask {}", self.setup.index);
        let rule = |rule: u8| Some((rule, entry(&self.states.rules, rule)?.expect("no rule is null")));
        assert_eq!((0..=u8::MAX).filter_map(rule).collect::<BTreeMap<_, _>>(), model.rules, "rules");
    }

    fn check_slot(&self, model: &Model, slot: Slot) {
        let states = self.at(slot);
        let one = |state: &State| state.get().expect("read").map(|bytes| narrow(&bytes));
        assert_eq!(one(&states.value), model.values.get(&slot).copied(), "value of {slot:?}");
        assert_eq!(one(&states.aging), model.aging(slot), "aging value of {slot:?}");
        let list = unpacked(states.list.get().expect("read"));
        assert_eq!(list, model.lists.get(&slot).cloned().unwrap_or_default(), "list of {slot:?}");
        for map_key in 0..MAP_KEYS {
            assert_eq!(entry(&states.map, map_key), model.maps.get(&(slot, map_key)).copied(), "entry of {slot:?}");
        }
        assert_eq!(states.sum.result_i64().expect("read"), model.sums.get(&slot).copied(), "sum of {slot:?}");
        let mean = model.means.get(&slot).map(|(sum, count)| *sum as f64 / *count as f64);
        assert_eq!(states.mean.result_f64().expect("read"), mean, "mean of {slot:?}");
    }

    fn timers(&self, time: Time) -> Vec<(i64, Slot)> {
        let query = TimerQuery { time, remove: false, up_to: i64::MAX, key: None, hash: None, namespace: None };
        let mut page = vec![0; 1 << 20];
        let Page::Filled { length, .. } = self.states.timers.due(&query, &mut page).expect("read") else {
            panic!("a page is too short for a timer");
        };
        let slot = |timer: &Timer<'_>| Slot { key: narrow(timer.key), is_windowed: !timer.namespace.is_empty() };
        let timers = Timer::unpack(&page[..length]).expect("well-formed");
        timers.iter().map(|timer| (timer.timestamp, slot(timer))).collect()
    }

    /// Nothing of other subtasks' key groups is there, which would come twice with the next rescale.
    pub fn check_groups(&self) {
        for name in ["user_state", "timer_state"] {
            let family = self.backend.column_family(name).expect("exists");
            let mut scan = family.scan(&Default::default()).expect("starts");
            let mut page = vec![0; 1 << 20];
            while let Page::Filled { length, row_count: 1.. } = scan.page(Direction::Forward, &mut page).expect("reads")
            {
                let mut rest = &page[..length];
                while !rest.is_empty() {
                    let word = |at: usize| u32::from_le_bytes(*rest[at..].first_chunk().expect("a header")) as usize;
                    let group = u16::from_be_bytes(*rest[8..].first_chunk().expect("a key"));
                    assert!(self.setup.range().contains(group), "a row of key group {group} is in {name}");
                    rest = &rest[8 + word(0) + word(4)..];
                }
            }
        }
    }
}

/// A map entry; none within for its null value.
fn entry(map: &State, map_key: u8) -> Option<Option<u32>> {
    let mut value = [0; 200];
    match map.map_get(&[map_key], &mut value).expect("read") {
        MapRead::Null => Some(None),
        MapRead::Value(Read::Absent) => None,
        MapRead::Value(Read::Copied(length)) => Some(Some(narrow(&value[..length]))),
        MapRead::Value(Read::Short(length)) => panic!("an entry of {length} bytes"),
    }
}
