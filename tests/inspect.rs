//! `fsb-inspect` as an operator runs it: on checkpoints, savepoints and state folders, whole, damaged and in use.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use flink_state_backend::checkpoint::{
    CheckpointOptions, CheckpointStore, ClaimMode, LocalStorage, Source, StoreOptions,
};
use flink_state_backend::options::WalMode;
use flink_state_backend::savepoint::{ExportOptions, SavepointProgress};
use flink_state_backend::state::descriptor::{Aggregate, Descriptor, Kind, Ttl, TtlUpdate, TtlVisibility};
use flink_state_backend::state::keyed::ClockSource;
use flink_state_backend::{Backend, KeyedBackend, KeyedOptions, Options, Time, Timer};
use serde_json::Value;
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(60);

/// A folder with one backend's data and its checkpoints 1 and 2.
struct Job {
    folder: TempDir,
}

impl Job {
    fn new() -> Self {
        let job = Self { folder: tempfile::tempdir().expect("a folder") };
        fs::create_dir(job.path("temporary")).expect("created");
        let backend = Backend::open(job.options("data"), None).expect("opens");
        let storage = Arc::new(LocalStorage::new(job.path("checkpoints")));
        let options = StoreOptions { num_retained: 2, ..Default::default() };
        let store = Arc::new(CheckpointStore::new(storage, options).expect("valid"));
        let options = KeyedOptions {
            max_parallelism: 16,
            key_type: "text".to_owned(),
            clock: ClockSource::Manual,
            ..Default::default()
        };
        let keyed = backend.keyed(&options).expect("opens");
        write(&backend, &keyed);
        checkpoint(&backend, &store, 1);
        keyed.set_current_key(b"UA", None).expect("in range");
        keyed.state(Descriptor::new("later", Kind::Value)).and_then(|it| it.put(b"x")).expect("put");
        checkpoint(&backend, &store, 2);
        drop(keyed);
        backend.close().expect("closes");
        job
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn options(&self, name: &str) -> Options {
        let mut options = Options::new(self.path(name).display().to_string());
        options.wal = WalMode::Enabled;
        options
    }

    fn inspect(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fsb-inspect"));
        command.args(arguments).current_dir(self.folder.path()).env("TMPDIR", self.path("temporary"));
        command.output().expect("runs")
    }

    /// What it prints, and that it ends as it should.
    fn text(&self, arguments: &[&str], code: i32) -> String {
        let output = self.inspect(arguments);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        let (out, error) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {out}{error}");
        out + &error
    }

    fn json(&self, arguments: &[&str], code: i32) -> Value {
        let text = self.text(&[&["--json"], arguments].concat(), code);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
    }

    /// The rows that it dumps.
    fn rows(&self, arguments: &[&str], code: i32) -> Vec<Value> {
        let text = self.text(&[&["--json", "dump"], arguments].concat(), code);
        text.lines().map(|line| serde_json::from_str(line).expect("an object on each line")).collect()
    }
}

fn checkpoint(backend: &Backend, store: &Arc<CheckpointStore>, id: u64) {
    let task = backend.begin_checkpoint(store, id, CheckpointOptions { timeout: None, confirm: true });
    task.expect("begins").wait(LONG).expect("succeeds").expect("ends");
}

fn packed(items: &[&[u8]]) -> Vec<u8> {
    items.iter().flat_map(|item| [&(item.len() as u32).to_le_bytes()[..], item].concat()).collect()
}

fn count() -> Descriptor {
    let mut count = Descriptor::new("count", Kind::Value);
    count.value_type = "long".to_owned();
    count.ttl = Some(Ttl {
        millis: 60_000,
        update: TtlUpdate::default(),
        visibility: TtlVisibility::default(),
        time: Time::Processing,
    });
    count
}

/// One row of each kind for the keys `UA` and `\x01\xff`.
fn write(backend: &Backend, keyed: &KeyedBackend) {
    keyed.set_time(Time::Processing, 1_700_000_000_123).expect("forwards");
    let mean = Descriptor { aggregate: Some(Aggregate::AverageI64), ..Descriptor::new("mean", Kind::Aggregating) };
    for key in [&b"UA"[..], &[1, 0xff]] {
        keyed.set_current_key(key, None).expect("in range");
        keyed.state(count()).and_then(|it| it.put(b"12")).expect("put");
        let list = keyed.state(Descriptor::new("delays", Kind::List)).expect("declared");
        list.add_elements(&packed(&[b"5", b"late"])).expect("added");
        let map = keyed.state(Descriptor::new("tails", Kind::Map)).expect("declared");
        map.map_put(b"N1", Some(b"one")).and_then(|()| map.map_put(b"N2", None)).expect("put");
        let mean = keyed.state(mean.clone()).expect("declared");
        mean.add_i64(1).and_then(|()| mean.add_i64(2)).expect("added");
        let timers = keyed.timer_service("ticks").expect("opens");
        let timer = Timer { time: Time::Event, hash: None, timestamp: -5, key, namespace: b"w" };
        timers.register(&[timer]).expect("registered");
    }
    let offsets = backend.operator_state(Descriptor::new("offsets", Kind::List)).expect("declared");
    offsets.add_elements(&packed(&[b"7", b"8"])).expect("added");
    backend.column_family("default").and_then(|it| it.put(b"own", &[0, 1])).expect("put");
}

/// Every file below a folder: content, and when it was last changed.
fn files(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let changed = fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("known");
                files.insert(path.clone(), (fs::read(&path).expect("readable"), changed));
            }
        }
    }
    files
}

fn assert_unchanged(folder: &Path, before: &BTreeMap<PathBuf, (Vec<u8>, SystemTime)>) {
    let after = files(folder);
    assert!(after.keys().eq(before.keys()), "{:?} and before {:?}", after.keys(), before.keys());
    let changed: Vec<_> = after.iter().filter(|(path, file)| before[*path] != **file).map(|(path, _)| path).collect();
    assert!(changed.is_empty(), "{changed:?} changed");
}

#[test]
fn checkpoints_are_listed_with_what_they_are() {
    let job = Job::new();
    let listing = job.json(&["list", "checkpoints"], 0);
    let both = listing["checkpoints"].as_array().expect("a list");
    let ids: Vec<_> = both.iter().map(|entry| entry["id"].as_u64()).collect();
    assert_eq!(ids, [Some(1), Some(2)]);
    for entry in both {
        assert_eq!((&entry["claim"], &entry["damage"]), (&Value::from("claim"), &Value::Null));
        assert_eq!(entry["key_groups"], serde_json::json!([0, 15]));
    }
    let number = |at: usize, field: &str| both[at][field].as_u64().expect("a number");
    assert!(number(0, "new_bytes") == number(0, "total_bytes") && number(1, "new_bytes") < number(1, "total_bytes"));
    assert_eq!(listing["unlisted"]["files"], 0);
    fs::write(job.path("checkpoints/shared/left"), "over").expect("written");
    assert_eq!(job.json(&["list", "checkpoints"], 0)["unlisted"], serde_json::json!({"files": 1, "bytes": 4}));
    let text = job.text(&["list", "checkpoints"], 0);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].contains("ID  CREATED") && lines[1].contains("0-15") && lines[2].contains("this root"), "{text}");
    assert!(text.contains("2 checkpoints, ") && text.contains("No checkpoint lists 1 file of 4 B"), "{text}");
}

#[test]
fn one_that_is_somebody_else_s_is_told_as_such() {
    let job = Job::new();
    let store = |name: &str| {
        let storage = Arc::new(LocalStorage::new(job.path(name)));
        Arc::new(CheckpointStore::new(storage, StoreOptions::default()).expect("valid"))
    };
    let source = Source::of(&store("checkpoints"), 2);
    let restored = Backend::restore(job.options("restored"), None, &source, ClaimMode::NoClaim).expect("restores");
    checkpoint(&restored, &store("checkpoints"), 3);
    restored.close().expect("closes");
    let claims = job.json(&["list", "checkpoints"], 0);
    let claims: Vec<_> = claims["checkpoints"].as_array().expect("a list").iter().map(|it| &it["claim"]).collect();
    assert_eq!(claims, ["no_claim", "claim"]);
    let shown = job.json(&["show", "restored"], 0);
    assert_eq!((&shown["origins"][0]["id"], &shown["origins"][0]["mode"]), (&Value::from(2), &Value::from("no_claim")));
}

#[test]
fn whole_checkpoints_are_verified_and_every_damaged_file_is_named() {
    let job = Job::new();
    let whole = job.json(&["verify", "checkpoints"], 0);
    assert_eq!(whole["checkpoints"].as_array().map(Vec::len), Some(2));
    assert!(job.text(&["verify", "checkpoints", "2"], 0).contains("checkpoint 2: "));
    let files = job.json(&["show", "checkpoints", "2"], 0)["files"].clone();
    let paths = |shared: bool| -> Vec<String> {
        let of_kind = files.as_array().expect("a list").iter().filter(|file| file["shared"] == shared);
        let path = |file: &Value| match shared {
            false => format!("chk-2/{}", file["name"].as_str().expect("text")),
            true => {
                let name = file["name"].as_str().expect("text");
                let kind = name.rsplit_once('.').map_or("options", |(_, kind)| kind);
                format!("shared/{}.{kind}", file["digest"].as_str().expect("text"))
            }
        };
        of_kind.map(path).collect()
    };
    let (missing, damaged) = (&paths(false)[0], &paths(true)[0]);
    fs::remove_file(job.path("checkpoints").join(missing)).expect("removed");
    let target = job.path("checkpoints").join(damaged);
    fs::remove_file(&target).and_then(|()| fs::write(&target, "short")).expect("written");
    let report = job.json(&["verify", "checkpoints", "2"], 1);
    let problems = report["checkpoints"][0]["problems"].as_array().expect("a list").clone();
    let named: BTreeSet<_> = problems.iter().map(|problem| problem["file"].as_str().expect("text")).collect();
    assert_eq!(named, BTreeSet::from([missing.as_str(), damaged.as_str()]), "{problems:?}");
    let text = job.text(&["verify", "checkpoints"], 1);
    assert!(text.contains("is missing") && text.contains("has 5 bytes and had"), "{text}");
    assert!(job.text(&["dump", "checkpoints", "2"], 1).contains("use another checkpoint"));
}

#[test]
fn damaged_metadata_is_named_everywhere() {
    let job = Job::new();
    fs::write(job.path("checkpoints/chk-1/_metadata.json"), "{}").expect("written");
    for command in [&["list", "checkpoints"][..], &["verify", "checkpoints"], &["show", "checkpoints", "1"]] {
        let text = job.text(command, 1);
        assert!(text.contains("chk-1/_metadata.json") && text.contains("is no metadata"), "{command:?}: {text}");
    }
    let listing = job.json(&["list", "checkpoints"], 1);
    assert!(listing["unlisted"].is_null() && listing["checkpoints"][1]["damage"].is_null(), "{listing}");
    job.text(&["diff", "checkpoints", "1", "2"], 1);
}

#[test]
fn two_checkpoints_are_compared() {
    let job = Job::new();
    let difference = job.json(&["diff", "checkpoints", "1", "2"], 0);
    assert_eq!(difference["states"], serde_json::json!({"added": ["later"], "removed": [], "changed": []}));
    assert!(difference["shared"]["files"].as_u64() > Some(1), "{difference}");
    let is_table = |file: &Value| file["name"].as_str().is_some_and(|name| name.ends_with(".sst"));
    assert!(difference["added"].as_array().expect("a list").iter().any(is_table), "{difference}");
    let other_way = job.json(&["diff", "checkpoints:2", "./checkpoints:1"], 0);
    assert_eq!((&other_way["removed"], &other_way["added"]), (&difference["added"], &difference["removed"]));
    let text = job.text(&["diff", "checkpoints", "1", "2"], 0);
    assert!(text.contains("states added: later") && text.contains("\n+  "), "{text}");
}

#[test]
fn states_are_shown_as_they_are_declared() {
    let job = Job::new();
    for place in [&["show", "checkpoints", "1"][..], &["show", "data"]] {
        let shown = job.json(place, 0);
        let count = shown["states"].as_array().expect("a list").iter().find(|state| state["name"] == "count");
        let count = count.expect("listed");
        assert_eq!((&count["kind"], &count["value_type"]), (&Value::from("value"), &Value::from("long")));
        assert_eq!(
            (&count["ttl"]["millis"], &count["ttl_enabled_at"]),
            (&60_000.into(), &1_700_000_000_123_i64.into())
        );
        assert_eq!(shown["operator_states"][0]["name"], "offsets");
        assert_eq!((&shown["max_parallelism"], &shown["key_type"]), (&16.into(), &"text".into()));
        let text = job.text(place, 0);
        assert!(text.contains("aggregating AverageI64") && text.contains("60000 ms processing"), "{text}");
        assert!(text.contains("operator/offsets") && text.contains("CURRENT"), "{text}");
    }
    assert_eq!(job.json(&["show", "data"], 0)["timers"][0]["name"], "ticks");
    assert_eq!(job.json(&["show", "checkpoints"], 0)["id"], 2, "the newest");
}

/// What both checkpoints and the folder hold for key `UA`.
fn rows_of_ua() -> Vec<Value> {
    let state = |kind: &str, state: &str| serde_json::json!({"kind": kind, "state": state, "key": {"text": "UA"}});
    let with = |mut row: Value, fields: Value| {
        let object = row.as_object_mut().expect("an object");
        object.extend(fields.as_object().expect("an object").clone());
        row
    };
    let text = |text: &str| serde_json::json!({ "text": text });
    vec![
        with(state("keyed", "count"), serde_json::json!({"value": text("12"), "written_at": 1_700_000_000_123_i64})),
        with(state("keyed", "delays"), serde_json::json!({"element": 0, "value": text("5")})),
        with(state("keyed", "delays"), serde_json::json!({"element": 1, "value": text("late")})),
        with(state("keyed", "tails"), serde_json::json!({"map_key": text("N1"), "value": text("one")})),
        with(state("keyed", "tails"), serde_json::json!({"map_key": text("N2")})),
        with(state("keyed", "mean"), serde_json::json!({"result": "1.5"})),
        with(state("timer", "ticks"), serde_json::json!({"time": "event", "timestamp": -5, "namespace": text("w")})),
    ]
}

/// Whether a row has all the fields of another.
fn says(row: &Value, wanted: &Value) -> bool {
    wanted.as_object().expect("an object").iter().all(|(name, value)| &row[name] == value)
}

#[test]
fn rows_of_checkpoints_and_folders_are_told_in_words_of_the_registry() {
    let job = Job::new();
    let before = (files(&job.path("checkpoints")), files(&job.path("data")));
    for place in [&["checkpoints", "1"][..], &["data"]] {
        let rows = job.rows(place, 0);
        for wanted in rows_of_ua() {
            assert_eq!(rows.iter().filter(|row| says(row, &wanted)).count(), 1, "{wanted} in {rows:?}");
        }
        let null = rows.iter().find(|row| row["map_key"]["text"] == "N2").expect("there");
        assert!(null.get("value").is_none(), "{null}");
        assert!(rows.iter().any(|row| row["key"]["hex"] == "01ff" && row["state"] == "count"), "{rows:?}");
        let offsets: Vec<_> = rows.iter().filter(|row| row["kind"] == "operator").map(|row| &row["value"]).collect();
        assert_eq!(offsets, [&serde_json::json!({"text": "7"}), &serde_json::json!({"text": "8"})]);
        let plain = rows.iter().find(|row| row["kind"] == "plain").expect("there");
        assert_eq!((&plain["key"]["text"], &plain["value"]["hex"]), (&"own".into(), &"0001".into()));
        assert_eq!(rows.len(), 2 * 7 + 2 + 1 + usize::from(place.len() == 1), "{rows:?}");
    }
    assert_unchanged(&job.path("checkpoints"), &before.0);
    assert_unchanged(&job.path("data"), &before.1);
    assert_eq!(fs::read_dir(job.path("temporary")).expect("readable").count(), 0, "what it made is gone");
}

#[test]
fn rows_are_chosen_by_state_group_family_and_number() {
    let job = Job::new();
    let states = |arguments: &[&str]| -> BTreeSet<String> {
        let rows = job.rows(&[&["data"], arguments].concat(), 0);
        rows.iter().map(|row| row["state"].as_str().unwrap_or("plain").to_owned()).collect()
    };
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(states(&["--state", "tails"]), named(&["tails"]));
    assert_eq!(states(&["--state", "ticks"]), named(&["ticks"]));
    assert_eq!(states(&["--state", "offsets"]), named(&["offsets"]));
    assert_eq!(states(&["--family", "default"]), named(&["plain"]));
    assert_eq!(states(&["--family", "timer_state"]), named(&["ticks"]));
    assert_eq!(job.rows(&["data", "--limit", "3"], 0).len(), 3);
    let of_groups: Vec<usize> =
        (0..16).map(|group| job.rows(&["data", "--key-group", &group.to_string()], 0).len()).collect();
    assert_eq!(of_groups.iter().sum::<usize>(), 2 * 7 + 1, "{of_groups:?}");
    let group = of_groups.iter().position(|rows| *rows > 0).expect("some");
    let tails = job.rows(&["data", "--state", "tails"], 0);
    let of_group = tails.iter().filter(|row| row["key_group"] == group).count();
    assert_eq!(job.rows(&["data", "--key-group", &group.to_string(), "--state", "tails"], 0).len(), of_group);
    assert!(job.text(&["dump", "data", "--state", "nothing"], 2).contains("'show' lists which there are"));
    assert!(job.text(&["dump", "data", "--family", "nothing"], 2).contains("'nothing' does not exist"));
    let text = job.text(&["dump", "data", "--limit", "4"], 0);
    assert!(text.contains("GROUP  STATE") && text.contains("4 rows, as many as asked for"), "{text}");
}

#[test]
fn a_row_that_is_no_row_is_told_and_damage() {
    let job = Job::new();
    let backend = Backend::open(job.options("data"), None).expect("opens");
    backend.column_family("user_state").and_then(|it| it.put(b"\0\x01bad", b"value")).expect("put");
    backend.close().expect("closes");
    let rows = job.rows(&["data"], 1);
    let damaged: Vec<_> = rows.iter().filter(|row| row.get("damage").is_some()).collect();
    assert!(damaged.len() == 1 && damaged[0]["value"]["text"] == "value", "{damaged:?}");
    assert!(job.text(&["dump", "data"], 1).contains("DAMAGED: its key is too short"));
}

#[test]
fn a_folder_that_is_in_use_is_refused_by_name() {
    let job = Job::new();
    let backend = Backend::open(job.options("data"), None).expect("opens");
    for command in ["show", "dump", "verify"] {
        let text = job.text(&[command, "data"], 2);
        assert!(text.contains("is in use by process ") && text.contains(&std::process::id().to_string()), "{text}");
    }
    // Its checkpoints can be looked at.
    job.text(&["verify", "checkpoints"], 0);
    backend.close().expect("closes");
    job.text(&["verify", "data"], 0);
}

#[test]
fn rows_that_only_the_log_holds_are_there_and_stay_there() {
    let job = Job::new();
    let backend = Backend::open(job.options("data"), None).expect("opens");
    backend.column_family("default").and_then(|it| it.put(b"logged", b"x")).expect("put");
    backend.close().expect("closes");
    let before = files(&job.path("data"));
    let rows = job.rows(&["data", "--family", "default"], 0);
    assert!(rows.iter().any(|row| row["key"]["text"] == "logged"), "{rows:?}");
    job.text(&["verify", "data"], 0);
    job.text(&["show", "data"], 0);
    assert_unchanged(&job.path("data"), &before);
}

#[test]
fn a_damaged_folder_is_refused_or_told() {
    let job = Job::new();
    let backend = Backend::open(job.options("data"), None).expect("opens");
    backend.column_family("default").and_then(|it| it.put(b"logged", b"x")).expect("put");
    backend.close().expect("closes");
    let is_log = |path: &Path| path.extension().is_some_and(|kind| kind == "log");
    let logs = files(&job.path("data")).into_iter().filter(|(path, _)| is_log(path));
    let (log, (whole, _)) = logs.max_by_key(|(_, (content, _))| content.len()).expect("there is a log");
    fs::write(&log, &whole[..whole.len() / 2]).expect("written");
    assert!(job.text(&["verify", "data"], 1).contains("of its write-ahead log"));
    fs::write(&log, &whole).expect("written");
    let table = files(&job.path("data")).into_keys().find(|path| path.extension().is_some_and(|it| it == "sst"));
    let table = table.expect("there is a table");
    let mut content = fs::read(&table).expect("readable");
    content[10] ^= 1;
    fs::remove_file(&table).and_then(|()| fs::write(&table, content)).expect("written");
    let text = job.text(&["verify", "data"], 1);
    assert!(text.contains(&table.file_name().expect("a file").to_string_lossy().into_owned()), "{text}");
    fs::write(job.path("data/CURRENT"), "MANIFEST-000001\n").expect("written");
    assert!(job.text(&["show", "data"], 1).contains("has lost data"));
}

/// Writes what the folder holds into a savepoint.
fn export(job: &Job, name: &str) {
    let backend = Backend::open(job.options("data"), None).expect("opens");
    let exported =
        backend.export_savepoint_to(&job.path(name), &ExportOptions::default(), &SavepointProgress::default());
    exported.expect("exports");
    backend.close().expect("closes");
}

#[test]
fn a_savepoint_is_shown_and_dumped_as_a_folder_is() {
    let job = Job::new();
    export(&job, "saved");
    assert_eq!(job.json(&["list", "saved"], 0)["key_groups"], serde_json::json!([0, 15]));
    let (shown, folder) = (job.json(&["show", "saved"], 0), job.json(&["show", "data"], 0));
    for field in ["states", "operator_states", "timers", "max_parallelism", "key_type"] {
        assert_eq!(shown[field], folder[field], "{field}");
    }
    let rows = job.rows(&["saved"], 0);
    for wanted in rows_of_ua() {
        assert_eq!(rows.iter().filter(|row| says(row, &wanted)).count(), 1, "{wanted} in {rows:?}");
    }
    let same = |one: &Value, other: &Value| {
        let fields = ["kind", "state", "key_group", "key", "namespace", "map_key", "element", "timestamp"];
        let content = ["value", "result", "written_at"];
        fields.iter().chain(&content).all(|field| one["kind"] == "operator" || one[*field] == other[*field])
    };
    let of_folder = job.rows(&["data"], 0);
    assert_eq!(rows.len(), of_folder.len());
    assert!(of_folder.iter().all(|row| rows.iter().any(|other| same(row, other))), "{rows:?} and {of_folder:?}");
    assert_eq!(job.rows(&["saved", "--state", "tails"], 0).len(), 4);
    assert_eq!(job.rows(&["saved", "--family", "default", "--limit", "1"], 0)[0]["key"]["text"], "own");
    assert!(job.text(&["dump", "saved", "--state", "nothing"], 2).contains("'show' lists which there are"));
    assert!(job.text(&["show", "saved", "3"], 2).contains("has no checkpoint 3"));
    assert!(job.text(&["show", "saved"], 0).contains("operator/offsets"));
}

#[test]
fn savepoints_are_verified_and_compared() {
    let job = Job::new();
    export(&job, "saved");
    let whole = job.json(&["verify", "saved"], 0);
    assert_eq!(whole["entries"], job.rows(&["saved"], 0).len());
    assert!(job.text(&["diff", "saved", "saved"], 0).contains(": the same"));
    let backend = Backend::open(job.options("data"), None).expect("opens");
    backend.column_family("default").and_then(|it| it.put(b"more", b"x")).expect("put");
    backend.close().expect("closes");
    export(&job, "later");
    let difference = job.json(&["diff", "saved", "later"], 0);
    let changed: Vec<_> =
        difference["entries"].as_array().expect("a list").iter().filter(|it| it["from"] != it["to"]).collect();
    assert_eq!(changed, [&serde_json::json!({"name": "family/default", "from": 1, "to": 2})]);
    let content = fs::read(job.path("saved")).expect("readable");
    let mut flipped = content.clone();
    flipped[content.len() / 2] ^= 1;
    for damaged in [&content[..content.len() - 1], &flipped, b"no savepoint"] {
        fs::write(job.path("damaged"), damaged).expect("written");
        for command in ["verify", "dump"] {
            let text = job.text(&[command, "damaged"], 1);
            assert!(text.contains("savepoint 'damaged' is damaged: "), "{text}");
        }
    }
}

#[test]
fn what_is_no_place_at_all_is_refused_by_name() {
    let job = Job::new();
    fs::write(job.path("file"), "x").expect("written");
    fs::create_dir(job.path("empty")).expect("created");
    for (arguments, word) in [
        (&["list", "nothing"][..], "'nothing'"),
        (&["diff", "file", "1", "2"], "'file' is a file"),
        (&["list", "data"], "is a state folder"),
        (&["show", "data", "1"], "has no checkpoint 1"),
        (&["show", "checkpoints", "9"], "checkpoint 9 is not in"),
        (&["show", "empty"], "there is no checkpoint in"),
        (&["diff", "checkpoints", "1"], "'checkpoints' names no checkpoint"),
        (&["diff", "checkpoints", "1", "x"], "'x' names no checkpoint"),
        (&["dump", "checkpoints", "--key-group", "70000"], "70000"),
        (&["frobnicate"], "frobnicate"),
    ] {
        let text = job.text(arguments, 2);
        assert!(text.contains(word), "{arguments:?}: {text}");
    }
    assert!(job.text(&["list", "empty"], 0).contains("0 checkpoints"));
    assert!(job.text(&["--help"], 0).contains("Exit codes: 0 all is well"));
}
