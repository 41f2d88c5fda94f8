//! What compactions remove of states with a ttl: looked at in the rows themselves, below the states.

use flink_state_backend::state::descriptor::{Descriptor, Kind, Ttl, TtlUpdate, TtlVisibility};
use flink_state_backend::state::keyed::ClockSource;
use flink_state_backend::{Backend, Direction, KeyedBackend, KeyedOptions, Options, Page, ScanOptions, State, Time};

struct Job {
    keyed: KeyedBackend,
    backend: Backend,
    folder: tempfile::TempDir,
}

fn manual() -> KeyedOptions {
    KeyedOptions { clock: ClockSource::Manual, ..KeyedOptions::default() }
}

fn open_in(folder: tempfile::TempDir) -> Job {
    let mut options = Options::new(folder.path().join("state").display().to_string());
    options.family.disable_auto_compactions = true;
    let backend = Backend::open(options, None).expect("opens");
    let keyed = backend.keyed(&manual()).expect("opens");
    Job { keyed, backend, folder }
}

fn job() -> Job {
    open_in(tempfile::tempdir().expect("a folder"))
}

/// A ttl in processing time.
fn ttl(millis: i64) -> Option<Ttl> {
    let (update, visibility) = (TtlUpdate::OnCreateAndWrite, TtlVisibility::NeverReturnExpired);
    Some(Ttl { millis, update, visibility, time: Time::Processing })
}

fn packed(items: &[&str]) -> Vec<u8> {
    items.iter().flat_map(|item| [&(item.len() as u32).to_le_bytes()[..], item.as_bytes()].concat()).collect()
}

impl Job {
    fn reopened(self) -> Self {
        let Self { keyed, backend, folder } = self;
        drop(keyed);
        backend.close().expect("closes");
        open_in(folder)
    }

    fn state(&self, name: &str, kind: Kind, ttl: Option<Ttl>) -> State {
        self.keyed.state(Descriptor { ttl, ..Descriptor::new(name, kind) }).expect("registered")
    }

    fn key(&self, key: &str) {
        self.keyed.set_current_key(key.as_bytes(), None).expect("in range");
    }

    fn time(&self, millis: i64) {
        self.keyed.set_time(Time::Processing, millis).expect("forwards");
    }

    /// Number of rows of a family and bytes of their keys and values.
    fn rows_in(&self, family: &str) -> (usize, usize) {
        let family = self.backend.column_family(family).expect("exists");
        let mut scan = family.scan(&ScanOptions::default()).expect("starts");
        let mut page = vec![0; 1 << 20];
        let Page::Filled { length, row_count } = scan.page(Direction::Forward, &mut page).expect("reads") else {
            panic!("a row of more than the page");
        };
        (row_count, length - 8 * row_count)
    }

    /// Compacts a family; the rows and bytes that are gone, which the counters must say as well.
    fn gone_from(&self, family: &str) -> (usize, usize) {
        let (rows, bytes) = self.rows_in(family);
        let before = self.backend.statistics().expect("measured");
        self.backend.column_family(family).expect("exists").compact(None, None).expect("compacts");
        let (rows_left, bytes_left) = self.rows_in(family);
        let after = self.backend.statistics().expect("measured");
        let counted = after.ttl_dropped_bytes - before.ttl_dropped_bytes;
        assert_eq!(counted as usize, bytes - bytes_left, "bytes counted and bytes gone");
        (rows - rows_left, (after.ttl_dropped_rows - before.ttl_dropped_rows) as usize)
    }

    fn gone(&self) -> (usize, usize) {
        self.gone_from("user_state")
    }
}

#[test]
fn values_and_map_entries_go_when_they_have_expired_and_nothing_else() {
    let job = job();
    let seen = job.state("seen", Kind::Value, ttl(100));
    let tails = job.state("tails", Kind::Map, ttl(200));
    let kept = job.state("kept", Kind::Value, None);
    for number in 0..100 {
        job.time(number);
        job.key(&format!("key {number}"));
        seen.put(b"now").expect("written");
        tails.map_put(b"null", None).expect("written");
        tails.map_put(b"N1", Some(b"now")).expect("written");
        kept.put(b"for ever").expect("written");
    }
    assert_eq!(job.gone(), (0, 0));
    job.time(149);
    assert_eq!(job.gone(), (50, 50), "those written at 0 to 49");
    job.key("key 50");
    assert_eq!(seen.get().expect("read").as_deref(), Some(&b"now"[..]));
    job.key("key 49");
    assert_eq!(seen.get().expect("read"), None);
    job.time(200);
    assert_eq!(job.gone(), (52, 52), "the other 50, and two entries of the first map");
    job.time(1000);
    assert_eq!(job.gone(), (198, 198));
    assert_eq!(job.rows_in("user_state").0, 100);
}

#[test]
fn list_elements_go_one_by_one_from_values_and_operands() {
    let job = job();
    let list = job.state("list", Kind::List, ttl(100));
    job.key("key");
    for time in [0, 10, 20, 30] {
        job.time(time);
        list.add_elements(&packed(&[&format!("element of {time}"), "twin"])).expect("added");
        job.backend.flush().expect("flushes");
    }
    assert_eq!(job.gone(), (0, 0));
    job.time(40);
    list.add_elements(&packed(&["element of 40"])).expect("added");
    job.time(110);
    let view = job.backend.snapshot().expect("a snapshot");
    assert_eq!(job.gone(), (0, 4), "four elements of a value to which an operand is joined, and the row stays");
    drop(view);
    assert_eq!(
        list.get().expect("read"),
        Some(packed(&["element of 20", "twin", "element of 30", "twin", "element of 40"]))
    );
    job.time(140);
    assert_eq!(job.gone(), (1, 5));
    assert_eq!(list.get().expect("read"), None);
}

#[test]
fn elements_that_a_snapshot_sees_go_after_it() {
    let job = job();
    let list = job.state("list", Kind::List, ttl(100));
    let value = job.state("value", Kind::Value, ttl(100));
    job.key("key");
    list.add_elements(&packed(&["one"])).expect("added");
    value.put(b"one").expect("written");
    let view = job.backend.snapshot().expect("a snapshot");
    job.time(100);
    assert_eq!(job.gone(), (1, 1), "the value alone: expired rows stay out of snapshots");
    drop(view);
    assert_eq!(job.gone(), (1, 1));
}

#[test]
fn event_time_rows_go_with_the_watermark() {
    let job = job();
    let by_event = ttl(100).map(|ttl| Ttl { time: Time::Event, ..ttl });
    let state = job.state("state", Kind::Value, by_event);
    job.key("before the first watermark");
    state.put(b"no time").expect("written");
    job.keyed.set_time(Time::Event, 1000).expect("forwards");
    job.key("after it");
    state.put(b"1000").expect("written");
    job.time(i64::MAX);
    assert_eq!(job.gone(), (0, 0));
    job.keyed.set_time(Time::Event, 1100).expect("forwards");
    assert_eq!(job.gone(), (1, 1));
    job.keyed.set_time(Time::Event, i64::MAX).expect("forwards");
    assert_eq!(job.gone(), (0, 0), "a row whose time is unknown stays");
    job.key("before the first watermark");
    assert_eq!(state.get().expect("read").as_deref(), Some(&b"no time"[..]));
}

#[test]
fn a_ttl_is_enabled_changed_and_disabled_without_a_rewrite() {
    let mut job = job();
    let put = |job: &Job, ttl: Option<Ttl>, key: &str| {
        job.key(key);
        job.state("state", Kind::Value, ttl).put(b"value").expect("written");
    };
    put(&job, None, "written without a ttl");
    job.time(1000);
    put(&job, ttl(100), "written at 1000");
    assert_eq!(job.gone(), (0, 0));
    job.time(1099);
    assert_eq!(job.gone(), (0, 0), "the row without a time counts from 1000");
    drop(job.state("state", Kind::Value, ttl(500)));
    job.time(1499);
    assert_eq!(job.gone(), (0, 0), "the ttl is longer now");
    drop(job.state("state", Kind::Value, None));
    job.time(2000);
    assert_eq!(job.gone(), (0, 0), "there is no ttl now");
    job = job.reopened();
    job.time(2000);
    assert_eq!(job.gone(), (0, 0), "nor after reopening");
    put(&job, ttl(100), "written at 2000");
    job.time(2050);
    assert_eq!(job.gone(), (1, 1), "the row without a time counts from 2000, that of 1000 from 1000");
    job.time(2100);
    assert_eq!(job.gone(), (2, 2));
}

#[test]
fn a_state_that_is_not_declared_again_stays_as_it_is() {
    let mut job = job();
    job.key("key");
    job.state("state", Kind::Value, ttl(1)).put(b"value").expect("written");
    job = job.reopened();
    job.time(1000);
    assert_eq!(job.gone(), (0, 0), "it may be declared without its ttl");
    drop(job.state("state", Kind::Value, ttl(1)));
    assert_eq!(job.gone(), (1, 1));
}

#[test]
fn a_keyed_backend_takes_its_clock_along() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = Backend::open(Options::new(folder.path().join("state").display().to_string()), None).expect("opens");
    let half = |first, last| {
        let options =
            KeyedOptions { first_key_group: first, last_key_group: Some(last), max_parallelism: 128, ..manual() };
        backend.keyed(&options).expect("opens")
    };
    let halves = [half(0, 63), half(64, 127)];
    let mut of_half = [0, 0];
    for number in 0..100u32 {
        let at = halves
            .iter()
            .position(|half| half.set_current_key(&number.to_be_bytes(), None).is_ok())
            .expect("one has it");
        let descriptor = Descriptor { ttl: ttl(10), ..Descriptor::new("state", Kind::Value) };
        halves[at].state(descriptor).expect("registered").put(b"value").expect("written");
        of_half[at] += 1;
    }
    let family = backend.column_family("user_state").expect("exists");
    let gone = || {
        family.compact(None, None).expect("compacts");
        backend.statistics().expect("measured").ttl_dropped_rows
    };
    halves[1].set_time(Time::Processing, 10).expect("forwards");
    assert_eq!(gone(), of_half[1]);
    let [first, second] = halves;
    first.set_time(Time::Processing, 10).expect("forwards");
    drop(first);
    assert_eq!(gone(), of_half[1], "the rows of a keyed backend that is gone stay");
    drop(second);
}

#[test]
fn a_state_in_a_family_of_its_own_expires_there() {
    let job = job();
    job.backend.create_column_family("large", b"").expect("creates");
    let own =
        Descriptor { ttl: ttl(10), column_family: Some("large".to_owned()), ..Descriptor::new("own", Kind::Value) };
    let own = job.keyed.state(own).expect("registered");
    let other = job.state("other", Kind::Value, ttl(10));
    job.key("key");
    own.put(b"value").expect("written");
    other.put(b"value").expect("written");
    job.time(10);
    assert_eq!(job.gone_from("large"), (1, 1));
    assert_eq!(job.rows_in("user_state").0, 1);
    assert_eq!(job.gone(), (1, 1));
    other.put(b"value").expect("written");
    drop((own, other));
    job.keyed.drop_state("other").expect("drops");
    let again = job.state("other", Kind::Value, None);
    again.put(b"value").expect("written");
    job.time(1000);
    assert_eq!(job.gone(), (0, 0), "a state of the same name without a ttl");
}

#[test]
fn what_a_job_wrote_as_rows_of_its_own_stays() {
    let job = job();
    let state = job.state("state", Kind::Value, ttl(1));
    job.key("key");
    state.put(b"value").expect("written");
    let family = job.backend.column_family("user_state").expect("exists");
    for key in [&b""[..], b"\0", b"plain", b"\0\x01\0\0\0\0", &[0xff; 40]] {
        family.put(key, b"\x01 looks like a row").expect("written");
    }
    job.time(1000);
    assert_eq!(job.gone(), (1, 1));
    assert_eq!(job.rows_in("user_state").0, 5);
}
