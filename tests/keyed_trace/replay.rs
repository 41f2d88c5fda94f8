//! Does what the lines of a trace say.
//!
//! A line is a verb with its arguments, separated by spaces, and, where there is one, ` = ` and the answer. Bytes are hexadecimal, `-`
//! for none, `61*300` for 300 times the same; `null` is a null map value, `none` what is not there. What is refused answers
//! `refused` and why. The first line is the job: wal mode, bytes of the row cache, max parallelism, last key group, and the hash that
//! places keys, `murmur` for the library's own.

use flink_state_backend::state::descriptor::{Aggregate, Descriptor, Kind, Ttl, TtlUpdate, TtlVisibility};
use flink_state_backend::state::keyed::ClockSource;
use flink_state_backend::state::map::MapRead;
use flink_state_backend::state::scan::{ScanOver, StateScan};
use flink_state_backend::{
    Backend, Direction, Error, KeyedBackend, KeyedOptions, Options, Page, Read, Result, ScanOptions, State, Time,
    Timer, TimerQuery, TimerService,
};

/// States by what their names say: the kind, and after it the ttl, whether reads refresh it, whether expired rows are shown, its time.
pub const VALUES: [&str; 6] =
    ["value", "value-ttl", "value-ttl-read", "value-ttl-shown", "value-ttl-read-shown", "value-ttl-event"];
pub const LISTS: [&str; 5] = ["list", "list-ttl", "list-ttl-read", "list-ttl-shown", "list-ttl-read-shown"];
pub const MAPS: [&str; 5] = ["map", "map-ttl", "map-ttl-read", "map-ttl-shown", "map-ttl-read-shown"];
pub const AGGREGATES: [&str; 8] =
    ["sum", "sum-ttl", "min", "max-f64", "sum-f64-ttl-read", "average", "average-f64", "count-ttl"];

const TTL_MILLIS: i64 = 10;
/// First buffer of a read and first page of a scan: those of C#, so that the engine sees the same calls.
const FIRST_READ_BYTES: usize = 256;
const PAGE_BYTES: usize = 4096;

/// An open job.
pub struct Replay {
    job: Vec<String>,
    open: Option<Open>,
    _folder: tempfile::TempDir,
    options: Options,
}

struct Open {
    backend: Backend,
    keyed: KeyedBackend,
    timers: TimerService,
    java_hash: bool,
}

fn ttl_of(name: &str) -> Option<Ttl> {
    let has = |word: &str| name.split('-').any(|part| part == word);
    has("ttl").then(|| Ttl {
        millis: TTL_MILLIS,
        update: if has("read") { TtlUpdate::OnReadAndWrite } else { TtlUpdate::OnCreateAndWrite },
        visibility: if has("shown") {
            TtlVisibility::ReturnExpiredIfNotCleanedUp
        } else {
            TtlVisibility::NeverReturnExpired
        },
        time: if has("event") { Time::Event } else { Time::Processing },
    })
}

fn descriptor(name: &str) -> Descriptor {
    let (kind, aggregate) = match name.split("-ttl").next() {
        Some("value") => (Kind::Value, None),
        Some("list") => (Kind::List, None),
        Some("map") => (Kind::Map, None),
        Some("sum") => (Kind::Reducing, Some(Aggregate::SumI64)),
        Some("min") => (Kind::Reducing, Some(Aggregate::MinI64)),
        Some("max-f64") => (Kind::Reducing, Some(Aggregate::MaxF64)),
        Some("sum-f64") => (Kind::Aggregating, Some(Aggregate::SumF64)),
        Some("average") => (Kind::Aggregating, Some(Aggregate::AverageI64)),
        Some("average-f64") => (Kind::Aggregating, Some(Aggregate::AverageF64)),
        Some("count") => (Kind::Aggregating, Some(Aggregate::Count)),
        _ => panic!("there is no state {name}"),
    };
    Descriptor { aggregate, ttl: ttl_of(name), ..Descriptor::new(name, kind) }
}

fn bytes(text: &str) -> Vec<u8> {
    if text == "-" {
        return Vec::new();
    }
    let (hex, count) = text.split_once('*').map_or((text, 1), |(hex, count)| (hex, count.parse().expect("a count")));
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(byte).collect::<Vec<_>>().repeat(count)
}

/// Bytes as a word.
pub fn text(bytes: &[u8]) -> String {
    const LONGEST_IN_FULL: usize = 8;
    match bytes {
        [] => "-".to_owned(),
        [first, rest @ ..] if bytes.len() > LONGEST_IN_FULL && rest.iter().all(|byte| byte == first) => {
            format!("{first:02x}*{}", bytes.len())
        }
        _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn optional(text: &str) -> Option<Vec<u8>> {
    (text != "null").then(|| bytes(text))
}

fn listed(words: impl IntoIterator<Item = String>) -> String {
    let words: Vec<_> = words.into_iter().collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(" ")
    }
}

fn packed(items: &[&str]) -> Vec<u8> {
    let pack = |item: Vec<u8>| [&(item.len() as u32).to_le_bytes()[..], &item].concat();
    items.iter().flat_map(|item| pack(bytes(item))).collect()
}

fn packed_entries(words: &[&str]) -> Vec<u8> {
    let mut packed = Vec::new();
    for entry in words.chunks(2) {
        let (key, value) = (bytes(entry[0]), optional(entry[1]));
        packed.extend_from_slice(&(key.len() as u32).to_le_bytes());
        packed.extend_from_slice(&value.as_ref().map_or(u32::MAX, |value| value.len() as u32).to_le_bytes());
        packed.extend_from_slice(&key);
        packed.extend_from_slice(&value.unwrap_or_default());
    }
    packed
}

fn word(packed: &[u8], at: usize) -> usize {
    u32::from_le_bytes([packed[at], packed[at + 1], packed[at + 2], packed[at + 3]]) as usize
}

fn elements(packed: &[u8]) -> Vec<Vec<u8>> {
    let (mut elements, mut rest) = (Vec::new(), packed);
    while !rest.is_empty() {
        let end = 4 + word(rest, 0);
        elements.push(rest[4..end].to_vec());
        rest = &rest[end..];
    }
    elements
}

type Entry = (Vec<u8>, Option<Vec<u8>>);

fn entries(packed: &[u8]) -> Vec<Entry> {
    let (mut entries, mut rest) = (Vec::new(), packed);
    while !rest.is_empty() {
        let (key_end, value) = (8 + word(rest, 0), word(rest, 4));
        let is_null = value == u32::MAX as usize;
        let end = key_end + if is_null { 0 } else { value };
        entries.push((rest[8..key_end].to_vec(), (!is_null).then(|| rest[key_end..end].to_vec())));
        rest = &rest[end..];
    }
    entries
}

/// The pages of something that fills them, until it fills none.
fn pages(mut fill: impl FnMut(&mut [u8]) -> Result<Page>, mut each: impl FnMut(&[u8])) -> Result<()> {
    let mut page = vec![0; PAGE_BYTES];
    loop {
        match fill(&mut page)? {
            Page::Short(needed) => page.resize(needed, 0),
            Page::Filled { row_count: 0, .. } => return Ok(()),
            Page::Filled { length, .. } => each(&page[..length]),
        }
    }
}

fn scanned(mut scan: StateScan) -> Result<Vec<Entry>> {
    let mut all = Vec::new();
    pages(|page| scan.page(page), |page| all.extend(entries(page)))?;
    Ok(all)
}

fn read(mut fill: impl FnMut(&mut [u8]) -> Result<Read>) -> Result<Option<Vec<u8>>> {
    let mut target = vec![0; FIRST_READ_BYTES];
    loop {
        match fill(&mut target)? {
            Read::Absent => return Ok(None),
            Read::Short(needed) => target.resize(needed, 0),
            Read::Copied(length) => return Ok(Some(target[..length].to_vec())),
        }
    }
}

fn time(word: &str) -> Time {
    match word {
        "event" => Time::Event,
        _ => Time::Processing,
    }
}

fn number(word: &str) -> i64 {
    word.parse().expect("a number")
}

/// `Arrays.hashCode(byte[])` of Java.
fn java_hash(key: &[u8]) -> i32 {
    key.iter().fold(1, |hash: i32, byte| hash.wrapping_mul(31).wrapping_add(i32::from(*byte as i8)))
}

/// FNV-1a, 64 bits.
fn digest(digest: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(digest, |digest, byte| (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Replay {
    /// Opens a job by the first line of its trace.
    pub fn new(job: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let job: Vec<_> = job.split(' ').map(str::to_owned).collect();
        let path = folder.path().join("state");
        // Compactions by themselves would come when they like, and remove what has expired.
        let json = format!(r#"{{"data_directory":{path:?},"wal":"{}","disable_auto_compactions":true}}"#, job[1]);
        let options = Options::from_json(json.as_bytes()).expect("well-formed");
        let mut replay = Self { job, open: None, _folder: folder, options };
        replay.reopen();
        replay
    }

    fn reopen(&mut self) {
        if let Some(Open { backend, keyed, timers, .. }) = self.open.take() {
            drop((keyed, timers));
            backend.close().expect("closes");
        }
        let backend = Backend::open(self.options.clone(), None).expect("opens");
        let word = |at: usize| self.job[at].parse().expect("a number");
        let options = KeyedOptions {
            clock: ClockSource::Manual,
            row_cache_bytes: word(2) as usize,
            max_parallelism: word(3),
            last_key_group: Some(word(4)),
            ..KeyedOptions::default()
        };
        let keyed = backend.keyed(&options).expect("opens");
        for name in VALUES.iter().chain(&LISTS).chain(&MAPS).chain(&AGGREGATES) {
            keyed.state(descriptor(name)).expect("registered");
        }
        let timers = keyed.timer_service("timers").expect("opens");
        self.open = Some(Open { backend, keyed, timers, java_hash: self.job[5] == "java" });
    }

    /// Does an operation and gives its answer, if it has one.
    pub fn answer(&mut self, operation: &str) -> Option<String> {
        if operation == "reopen" {
            self.reopen();
            return None;
        }
        let words: Vec<_> = operation.split(' ').collect();
        match self.open.as_ref().expect("open").answer(words[0], &words[1..]) {
            Ok(answer) => answer,
            Err(Error::NoCurrentKey) => Some("refused no_current_key".to_owned()),
            Err(Error::Overflow(_)) => Some("refused overflow".to_owned()),
            Err(Error::KeyGroupOutOfRange { .. }) => Some("refused out_of_range".to_owned()),
            Err(Error::InvalidArgument(_)) => Some("refused invalid".to_owned()),
            Err(error) => panic!("{operation}: {error}"),
        }
    }
}

impl Open {
    fn answer(&self, verb: &str, words: &[&str]) -> Result<Option<String>> {
        match verb {
            "key" => self.keyed.set_current_key(&bytes(words[0]), self.hash(&bytes(words[0]))).map(|_| None),
            "namespace" => self.keyed.set_namespace(&bytes(words[0])).map(|()| None),
            "time" => self.keyed.set_time(time(words[0]), number(words[1])).map(|()| None),
            "drain" => self.keyed.drain().map(|()| None),
            "flush" => self.backend.flush().map(|()| None),
            "compact" => self.compact().map(|()| None),
            "digest" => self.digests().map(Some),
            "register" | "delete" => self.change_timer(verb, words).map(|()| None),
            "next" => Ok(Some(self.timers.next(time(words[0]))?.map_or("none".to_owned(), |next| next.to_string()))),
            "count" => Ok(Some(self.timers.count(time(words[0]))?.to_string())),
            "fire" => self.fire(time(words[0]), number(words[1]), None).map(Some),
            "fire_key" => self.fire(Time::Event, number(words[0]), Some(&bytes(words[1]))).map(Some),
            _ => {
                let state = self.keyed.state(descriptor(words[0])).expect("registered");
                match change(&state, verb, &words[1..]) {
                    Some(changed) => changed.map(|()| None),
                    None => look(&state, verb, &words[1..]).map(Some),
                }
            }
        }
    }

    fn hash(&self, key: &[u8]) -> Option<i32> {
        self.java_hash.then(|| java_hash(key))
    }

    fn compact(&self) -> Result<()> {
        self.backend.flush()?;
        self.backend.column_family("user_state")?.compact(None, None)?;
        self.backend.column_family("timer_state")?.compact(None, None)
    }

    /// For both families the number of rows and the digest of all, as they lie in the engine.
    fn digests(&self) -> Result<String> {
        self.keyed.drain()?;
        let mut answer = Vec::new();
        for name in ["user_state", "timer_state"] {
            let family = self.backend.column_family(name)?;
            let mut scan = family.scan(&ScanOptions::default())?;
            let (mut count, mut sum) = (0, 0xcbf2_9ce4_8422_2325);
            pages(
                |page| scan.page(Direction::Forward, page),
                |page| {
                    count += entries(page).len();
                    sum = digest(sum, page);
                },
            )?;
            answer.push(format!("{name} {count} {sum:016x}"));
        }
        Ok(answer.join(" "))
    }

    fn change_timer(&self, verb: &str, words: &[&str]) -> Result<()> {
        let (key, namespace) = (&bytes(words[2])[..], &bytes(words[3])[..]);
        let timer = Timer { time: time(words[0]), hash: self.hash(key), timestamp: number(words[1]), key, namespace };
        if verb == "register" {
            self.timers.register(&[timer])
        } else {
            self.timers.delete(&[timer])
        }
    }

    fn fire(&self, time: Time, up_to: i64, key: Option<&[u8]>) -> Result<String> {
        let hash = key.and_then(|key| self.hash(key));
        let query = TimerQuery { time, remove: true, up_to, key, hash, namespace: None };
        let mut fired = Vec::new();
        let describe = |timer: &Timer<'_>| format!("{}/{}/{}", timer.timestamp, text(timer.key), text(timer.namespace));
        pages(
            |page| self.timers.due(&query, page),
            |page| fired.extend(Timer::unpack(page).expect("well-formed").iter().map(describe)),
        )?;
        Ok(listed(fired))
    }
}

/// What changes a state and answers nothing; none when the verb is of another kind.
fn change(state: &State, verb: &str, words: &[&str]) -> Option<Result<()>> {
    Some(match verb {
        "put" => state.put(&bytes(words[0])),
        "clear" => state.clear(),
        "add_elements" => state.add_elements(&packed(words)),
        "update_elements" => state.update_elements(&packed(words)),
        "merge" => state.merge_namespaces(&bytes(words[0]), &packed(&words[1..])),
        "map_put" => state.map_put(&bytes(words[0]), optional(words[1]).as_deref()),
        "map_put_all" => state.map_put_all(&packed_entries(words)),
        "map_remove" => state.map_remove(&bytes(words[0])),
        "prune" => prune(state),
        "add" if state.descriptor().name.contains("f64") => state.add_f64(words[0].parse().expect("a number")),
        "add" => state.add_i64(number(words[0])),
        _ => return None,
    })
}

fn look(state: &State, verb: &str, words: &[&str]) -> Result<String> {
    let value = |value: &Option<Vec<u8>>| value.as_ref().map_or("null".to_owned(), |value| text(value));
    match verb {
        "get" => Ok(read(|target| state.get_into(target))?.map_or("none".to_owned(), |value| text(&value))),
        "elements" => {
            let packed = read(|target| state.get_into(target))?.unwrap_or_default();
            Ok(listed(elements(&packed).iter().map(|element| text(element))))
        }
        "scan_elements" => {
            let (mut scan, mut all) = (state.scan(ScanOver::Entries, false)?, Vec::new());
            pages(|page| scan.page(page), |page| all.extend(elements(page)))?;
            Ok(listed(all.iter().map(|element| text(element))))
        }
        "is_empty" => Ok(state.is_empty()?.to_string()),
        "map_get" => map_get(state, &bytes(words[0])),
        "map_contains" => Ok(state.map_contains(&bytes(words[0]))?.to_string()),
        "entries" => {
            let entries = scanned(state.scan(ScanOver::Entries, false)?)?;
            Ok(listed(entries.iter().map(|(key, entry)| format!("{} {}", text(key), value(entry)))))
        }
        "keys" => Ok(listed(scanned(state.scan(ScanOver::Keys, false)?)?.iter().map(|(key, _)| text(key)))),
        "keys_and_namespaces" => {
            let pairs = scanned(state.scan(ScanOver::KeysAndNamespaces, false)?)?;
            Ok(listed(pairs.iter().map(|(key, namespace)| format!("{}/{}", text(key), value(namespace)))))
        }
        "result" => result(state),
        _ => panic!("there is no verb {verb}"),
    }
}

fn map_get(state: &State, key: &[u8]) -> Result<String> {
    let mut is_null = false;
    let value = read(|target| match state.map_get(key, target)? {
        MapRead::Value(read) => Ok(read),
        MapRead::Null => {
            is_null = true;
            Ok(Read::Copied(0))
        }
    })?;
    Ok(value.map_or("none".to_owned(), |value| if is_null { "null".to_owned() } else { text(&value) }))
}

/// Removes every second entry in a strict walk and makes nothing of the others.
fn prune(state: &State) -> Result<()> {
    let mut scan = state.scan(ScanOver::Entries, true)?;
    let (mut page, mut number) = (vec![0; PAGE_BYTES], 0);
    loop {
        let length = match scan.page(&mut page)? {
            Page::Filled { row_count: 0, .. } => return Ok(()),
            Page::Filled { length, .. } => length,
            Page::Short(needed) => {
                page.resize(needed, 0);
                continue;
            }
        };
        for (key, _) in entries(&page[..length]) {
            if number % 2 == 0 {
                scan.remove(&key)?;
            } else {
                scan.replace(&key, None)?;
            }
            number += 1;
        }
    }
}

fn result(state: &State) -> Result<String> {
    let result = match state.descriptor().aggregate {
        Some(Aggregate::SumI64 | Aggregate::MinI64 | Aggregate::Count) => {
            state.result_i64()?.map(|result| result.to_string())
        }
        _ => state.result_f64()?.map(|result| result.to_string()),
    };
    Ok(result.unwrap_or("none".to_owned()))
}
