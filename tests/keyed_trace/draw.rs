//! Draws the operations of a trace from a seed.

use super::replay::{text, AGGREGATES, LISTS, MAPS, VALUES};

/// What tells one trace from another.
pub struct Shape {
    /// Name of its file.
    pub name: &'static str,
    /// Where its random numbers begin.
    pub seed: u64,
    /// Its first line, see [`super::replay::Replay::new`].
    pub job: &'static str,
}

/// States by kind.
const KINDS: [&[&str]; 4] = [&VALUES, &LISTS, &MAPS, &AGGREGATES];
const VALUE: usize = 0;
const LIST: usize = 1;
const MAP: usize = 2;
const AGGREGATE: usize = 3;

const OPERATION_COUNT: usize = 2_700;

/// Keys and namespaces that are prefixes of one another, with bytes that framing escapes, and one longer than buffers on the stack.
const PARTS: [&str; 12] = ["00", "-", "00ff", "6100", "61", "0000", "01", "61ff", "6162", "ff", "ff00", "fe*300"];

/// Splitmix64: the same numbers for ever.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

struct Draw {
    random: Random,
    lines: Vec<String>,
    key: &'static str,
    namespace: &'static str,
    /// The states that most operations are about for a while, so that they meet: of each kind one.
    focus: [&'static str; 4],
    /// Milliseconds that processing time, event time and the timers of both have reached.
    now: i64,
    watermark: i64,
    fired: i64,
}

type Operation = fn(&mut Draw);

/// How often each operation is drawn, and how.
const OPERATIONS: [(u64, Operation); 27] = [
    (110, Draw::key),
    (50, Draw::namespace),
    (35, Draw::time),
    (70, Draw::put),
    (70, |draw| draw.of_state("get", VALUE)),
    (25, Draw::clear),
    (25, Draw::is_empty),
    (60, |draw| draw.elements("add_elements")),
    (25, |draw| draw.elements("update_elements")),
    (40, |draw| draw.of_state("elements", LIST)),
    (20, |draw| draw.of_state("scan_elements", LIST)),
    (30, Draw::merge),
    (60, Draw::map_put),
    (25, Draw::map_put_all),
    (40, |draw| draw.of_entry("map_get")),
    (20, |draw| draw.of_entry("map_contains")),
    (20, |draw| draw.of_entry("map_remove")),
    (40, |draw| draw.of_state("entries", MAP)),
    (8, |draw| draw.of_state("prune", MAP)),
    (70, Draw::add),
    (50, |draw| draw.of_state("result", AGGREGATE)),
    (20, |draw| draw.of_state("get", AGGREGATE)),
    (20, Draw::accumulator),
    (6, Draw::keys),
    (70, Draw::timer),
    (25, Draw::fire),
    (16, Draw::engine),
];

/// The operations of a trace.
pub fn operations(shape: &Shape) -> Vec<String> {
    let random = Random(shape.seed);
    let (key, namespace, focus) = ("00", "00", KINDS.map(|states| states[0]));
    let mut draw = Draw { random, lines: Vec::new(), key, namespace, focus, now: 0, watermark: 0, fired: 0 };
    draw.resume();
    while draw.lines.len() < OPERATION_COUNT {
        draw.operation()(&mut draw);
    }
    draw.lines.extend(["compact", "digest", "reopen", "digest"].map(str::to_owned));
    draw.lines
}

impl Draw {
    fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// The next operation, as often as the table says.
    fn operation(&mut self) -> Operation {
        let mut at = self.random.below(OPERATIONS.iter().map(|(weight, _)| weight).sum());
        for (weight, operation) in OPERATIONS {
            if at < weight {
                return operation;
            }
            at -= weight;
        }
        unreachable!("the number is below the sum of the weights")
    }

    /// What a job does that has just been opened; the first two are refused, for there is no key.
    fn resume(&mut self) {
        self.line("get value");
        self.line("elements list");
        self.line(format!("time processing {}", self.now));
        self.line(format!("time event {}", self.watermark));
        self.line(format!("key {}", self.key));
        self.line(format!("namespace {}", self.namespace));
    }

    fn part(&mut self) -> &'static str {
        // Mostly few of them, so that operations meet.
        let most = if self.random.below(8) == 0 { PARTS.len() } else { 4 };
        PARTS[self.random.below(most as u64) as usize]
    }

    fn value(&mut self) -> String {
        let byte = self.random.below(256);
        match self.random.below(16) {
            0 => "-".to_owned(),
            1 => format!("{byte:02x}*{}", 40 + self.random.below(300)),
            2..5 => self.part().to_owned(),
            _ => format!("{byte:02x}"),
        }
    }

    fn key(&mut self) {
        self.key = self.part();
        self.line(format!("key {}", self.key));
    }

    fn namespace(&mut self) {
        self.namespace = PARTS[self.random.below(3) as usize];
        self.line(format!("namespace {}", self.namespace));
    }

    fn time(&mut self) {
        let millis = self.random.below(7) as i64;
        match self.random.below(8) {
            0 => self.line(format!("time processing {}", self.now - 1)),
            1 | 2 => {
                self.watermark += millis;
                self.line(format!("time event {}", self.watermark));
            }
            _ => {
                self.now += millis;
                self.line(format!("time processing {}", self.now));
            }
        }
    }

    /// A state of a kind: mostly the one in focus, which moves now and then.
    fn state(&mut self, kind: usize) -> &'static str {
        let other = self.random.one(KINDS[kind]);
        match self.random.below(20) {
            0 => self.focus[kind] = other,
            1..4 => return other,
            _ => {}
        }
        self.focus[kind]
    }

    fn any_state(&mut self) -> &'static str {
        let kind = self.random.below(4) as usize;
        self.state(kind)
    }

    fn of_state(&mut self, verb: &str, kind: usize) {
        let state = self.state(kind);
        self.line(format!("{verb} {state}"));
    }

    fn put(&mut self) {
        let (state, value) = (self.state(VALUE), self.value());
        self.line(format!("put {state} {value}"));
    }

    fn clear(&mut self) {
        let state = self.any_state();
        self.line(format!("clear {state}"));
    }

    fn is_empty(&mut self) {
        let state = self.any_state();
        self.line(format!("is_empty {state}"));
    }

    fn keys(&mut self) {
        let (verb, state) = (self.random.one(&["keys", "keys_and_namespaces"]), self.any_state());
        self.line(format!("{verb} {state}"));
    }

    fn elements(&mut self, verb: &str) {
        let mut line = format!("{verb} {}", self.state(LIST));
        for _ in 0..self.random.below(4) {
            line += &format!(" {}", self.value());
        }
        self.line(line);
    }

    fn merge(&mut self) {
        let kind = if self.random.below(2) == 0 { LIST } else { AGGREGATE };
        let state = self.state(kind);
        let mut line = format!("merge {state}");
        for _ in 0..1 + self.random.below(5) {
            line += &format!(" {}", PARTS[self.random.below(3) as usize]);
        }
        self.line(line);
    }

    fn entry(&mut self) -> String {
        let key = self.part();
        let value = if self.random.below(5) == 0 { "null".to_owned() } else { self.value() };
        format!("{key} {value}")
    }

    fn map_put(&mut self) {
        let (state, entry) = (self.state(MAP), self.entry());
        self.line(format!("map_put {state} {entry}"));
    }

    fn map_put_all(&mut self) {
        let mut line = format!("map_put_all {}", self.state(MAP));
        let mut seen = Vec::new();
        for _ in 0..self.random.below(6) {
            let entry = self.entry();
            // C# takes a dictionary, which has a key once.
            let key = entry.split(' ').next().map(str::to_owned);
            if !seen.contains(&key) {
                line += &format!(" {entry}");
                seen.push(key);
            }
        }
        self.line(line);
    }

    fn of_entry(&mut self, verb: &str) {
        let (state, key) = (self.state(MAP), self.part());
        self.line(format!("{verb} {state} {key}"));
    }

    fn add(&mut self) {
        let state = self.state(AGGREGATE);
        let number = self.random.below(2001) as i64 - 1000;
        let extreme = [i64::MAX, i64::MIN, i64::MAX - 1000][self.random.below(3) as usize];
        match self.random.below(20) {
            _ if state.contains("f64") => self.line(format!("add {state} {}", number as f64 / 4.0)),
            0 => self.line(format!("add {state} {extreme}")),
            _ => self.line(format!("add {state} {number}")),
        }
    }

    /// Puts an accumulator as it is stored, or, now and then, one of another length.
    fn accumulator(&mut self) {
        let state = self.state(AGGREGATE);
        let (number, count) = (self.random.below(2001) as i64 - 1000, 1 + self.random.below(4) as i64);
        let bits = (number as f64 / 4.0).to_bits();
        let mut bytes = match state.split("-ttl").next() {
            Some("average") => [&i128::from(number).to_le_bytes()[..], &count.to_le_bytes()].concat(),
            Some("average-f64") => [bits.to_le_bytes(), count.to_le_bytes()].concat(),
            Some("count") => count.to_le_bytes().to_vec(),
            _ if state.contains("f64") => bits.to_le_bytes().to_vec(),
            _ => number.to_le_bytes().to_vec(),
        };
        bytes.truncate(if self.random.below(10) == 0 { 7 } else { bytes.len() });
        self.line(format!("put {state} {}", text(&bytes)));
    }

    fn timer(&mut self) {
        let verb = self.random.one(&["register", "register", "register", "delete", "next", "count"]);
        let time = self.random.one(&["event", "event", "processing"]);
        if verb == "next" || verb == "count" {
            return self.line(format!("{verb} {time}"));
        }
        let timestamp = self.fired + self.random.below(60) as i64 - 10;
        let (key, namespace) = (self.part(), PARTS[self.random.below(3) as usize]);
        self.line(format!("{verb} {time} {timestamp} {key} {namespace}"));
    }

    fn fire(&mut self) {
        let up_to = self.fired + self.random.below(20) as i64;
        match self.random.below(4) {
            0 => {
                let key = self.part();
                self.line(format!("fire_key {up_to} {key}"));
            }
            time => {
                self.fired = up_to;
                self.line(format!("fire {} {up_to}", if time == 1 { "processing" } else { "event" }));
            }
        }
    }

    fn engine(&mut self) {
        let verb = self.random.one(&["drain", "drain", "flush", "compact", "digest", "reopen"]);
        self.line(verb);
        if verb == "reopen" {
            self.resume();
        }
    }
}
