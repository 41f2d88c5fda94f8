//! [`StateScan`]: a walk over entries, elements or keys, page by page, as of when it began.

use std::sync::atomic::Ordering;
use std::sync::Arc;

use super::descriptor::{Kind, TtlUpdate, TtlVisibility};
use super::keyed::{check_part, State, Watch};
use super::packed::{self, NULL_LENGTH};
use super::rows::Rows;
use super::value::check_value;
use crate::db::engine::{Direction, Page};
use crate::db::scan::Scan;
use crate::error::{Error, Result};
use crate::key::row::{self, Framed};
use crate::ttl::stamp::{first_chunk, Head, Row};

/// Length of the two words before key and value of a row in a page.
const WORDS_BYTES: usize = 8;
/// Keys are read in small pages: what follows the rows of a state belongs to others.
const KEYS_PAGE_BYTES: usize = 8 << 10;

/// What a scan walks over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanOver {
    /// Map entries or list elements of the current key and namespace.
    Entries,
    /// All keys that have the state in the current namespace.
    Keys,
    /// All keys that have the state, with their namespaces.
    KeysAndNamespaces,
}

/// A walk over one state, for the key and namespace that were current when it began. What changes later is not seen.
pub struct StateScan {
    state: State,
    /// Key group, state id, framed key and framed namespace of the rows walked over.
    prefix: Vec<u8>,
    rows: Source,
    watch: Option<Arc<Watch>>,
}

enum Source {
    Entries(Scan),
    Elements { row: Vec<u8>, at: usize },
    Keys(Box<Keys>),
}

impl State {
    /// Starts a walk. A strict one over entries ends with [`Error::Modified`] once they are changed other than through it.
    ///
    /// # Errors
    /// [`Error::NoCurrentKey`] for entries; [`Error::StateMismatch`] for entries of a state that is no map or list, and for keys of
    /// operator state; [`Error::StillInUse`]; [`Error::Engine`].
    pub fn scan(&self, over: ScanOver, strict: bool) -> Result<StateScan> {
        if over != ScanOver::Entries {
            return self.scan_keys(over);
        }
        self.check_kind(&[Kind::Map, Kind::Broadcast, Kind::List, Kind::Union])?;
        let mut core = self.enter()?;
        let (rows, row_key) = core.at(self.id())?;
        let prefix = row_key.clone();
        let source = match self.descriptor().kind {
            Kind::Map | Kind::Broadcast => Source::Entries(rows.scan(&prefix)?),
            _ if self.load_list(rows, &prefix)? => Source::Elements { row: rows.row().to_vec(), at: 0 },
            _ => Source::Elements { row: Vec::new(), at: 0 },
        };
        let watch = strict.then(|| core.watch(&prefix));
        Ok(StateScan { state: self.clone(), prefix, rows: source, watch })
    }

    fn scan_keys(&self, over: ScanOver) -> Result<StateScan> {
        self.check_keyed()?;
        let mut core = self.enter()?;
        let namespace = (over == ScanOver::Keys).then(|| core.namespace_frame().to_vec());
        let mut head = Vec::with_capacity(row::HEAD_BYTES);
        row::append_head(&mut head, self.shared().range.first(), self.id());
        let scan = core.rows.scan_from(&head)?;
        let keys = Keys {
            scan,
            namespace,
            key_group: self.shared().range.first(),
            page: vec![0; KEYS_PAGE_BYTES],
            filled: 0,
            at: 0,
            last: Vec::new(),
            ended: false,
        };
        Ok(StateScan { state: self.clone(), prefix: head, rows: Source::Keys(Box::new(keys)), watch: None })
    }
}

impl StateScan {
    /// Fills `target` with records and moves past them: entries and keys as `u32 key length | u32 value length | key | value`, where
    /// `u32::MAX` stands for a null value and the value of a key is its namespace, if asked for; elements as `u32 length | bytes`.
    ///
    /// # Errors
    /// [`Error::Modified`] for a strict scan; [`Error::StillInUse`]; [`Error::Damaged`]; [`Error::Engine`].
    pub fn page(&mut self, target: &mut [u8]) -> Result<Page> {
        let shared = Arc::clone(self.state.shared());
        let mut core = shared.enter()?;
        self.check_unmodified()?;
        match &mut self.rows {
            Source::Entries(scan) => {
                let page = entries_page(&self.state, scan, self.prefix.len(), target)?;
                if let Page::Filled { length, .. } = page {
                    self.state.refresh_entries(&mut core.rows, &self.prefix, &target[..length])?;
                }
                Ok(page)
            }
            Source::Elements { row, at } => elements_page(&self.state, row, at, target),
            Source::Keys(keys) => keys.page(&self.state, target),
        }
    }

    fn check_unmodified(&self) -> Result<()> {
        match &self.watch {
            Some(watch) if watch.modified.load(Ordering::Relaxed) => {
                Err(Error::Modified(self.state.descriptor().name.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Removes an entry of the map walked over. The walk itself goes on as it began.
    ///
    /// # Errors
    /// [`Error::StateMismatch`] when the scan is not over map entries; else as [`State::map_remove`].
    pub fn remove(&mut self, map_key: &[u8]) -> Result<()> {
        let row_key = self.entry_row_key(map_key)?;
        let mut core = self.state.enter()?;
        core.rows.remove(&row_key)?;
        core.changed_beside(&self.prefix, self.watch.as_ref());
        Ok(())
    }

    /// Writes an entry of the map walked over; none is a null value. The walk itself goes on as it began.
    ///
    /// # Errors
    /// As [`StateScan::remove`], and for a value over its limit.
    pub fn replace(&mut self, map_key: &[u8], value: Option<&[u8]>) -> Result<()> {
        check_value(value.unwrap_or_default())?;
        let row_key = self.entry_row_key(map_key)?;
        let head = Head::new(self.state.written_now(), value.is_none());
        let mut core = self.state.enter()?;
        core.rows.store(&row_key, &head, value.unwrap_or_default())?;
        core.changed_beside(&self.prefix, self.watch.as_ref());
        Ok(())
    }

    fn entry_row_key(&self, map_key: &[u8]) -> Result<Vec<u8>> {
        check_part("the map key", map_key)?;
        if !matches!(self.rows, Source::Entries(_)) {
            return Err(Error::StateMismatch(format!(
                "the scan over state '{}' is not over map entries, which alone can be changed through it",
                self.state.descriptor().name
            )));
        }
        Ok([&self.prefix, map_key].concat())
    }
}

fn word(page: &[u8], at: usize) -> usize {
    u32::from_le_bytes([page[at], page[at + 1], page[at + 2], page[at + 3]]) as usize
}

fn put_word(page: &mut [u8], at: usize, word: u32) {
    page[at..at + 4].copy_from_slice(&word.to_le_bytes());
}

/// A page of the engine's rows, stripped in place to map keys and values. Goes on when all rows of a page have expired.
fn entries_page(state: &State, scan: &mut Scan, prefix_length: usize, target: &mut [u8]) -> Result<Page> {
    loop {
        match scan.page(Direction::Forward, target)? {
            Page::Filled { length, row_count } if row_count > 0 => {
                let (length, row_count) = strip(state, &mut target[..length], prefix_length)?;
                if row_count > 0 {
                    return Ok(Page::Filled { length, row_count });
                }
            }
            end => return Ok(end),
        }
    }
}

fn strip(state: &State, page: &mut [u8], prefix_length: usize) -> Result<(usize, usize)> {
    let (mut from, mut to, mut row_count) = (0, 0, 0);
    while from < page.len() {
        let (key_length, value_length) = (word(page, from), word(page, from + 4));
        let value_at = from + WORDS_BYTES + key_length;
        let end = value_at + value_length;
        let row = Row::of(&page[value_at..end]).ok_or_else(|| state.damaged())?;
        if !state.is_hidden(row.written) {
            let (null, payload_length) = (row.null, row.payload.len());
            let map_key_length = key_length - prefix_length;
            put_word(page, to, map_key_length as u32);
            put_word(page, to + 4, if null { NULL_LENGTH } else { payload_length as u32 });
            page.copy_within(from + WORDS_BYTES + prefix_length..value_at, to + WORDS_BYTES);
            page.copy_within(end - payload_length..end, to + WORDS_BYTES + map_key_length);
            to += WORDS_BYTES + map_key_length + payload_length;
            row_count += 1;
        }
        from = end;
    }
    Ok((to, row_count))
}

fn elements_page(state: &State, row: &[u8], at: &mut usize, target: &mut [u8]) -> Result<Page> {
    let (mut length, mut row_count) = (0, 0);
    while *at < row.len() {
        let chunk = first_chunk(&row[*at..]).ok_or_else(|| state.damaged())?;
        if state.is_visible(&chunk) {
            let needed = 4 + chunk.element.len();
            match target.get_mut(length..length + needed) {
                Some(record) => {
                    put_word(record, 0, chunk.element.len() as u32);
                    record[4..].copy_from_slice(chunk.element);
                }
                None if row_count == 0 => return Ok(Page::Short(needed)),
                None => break,
            }
            length += needed;
            row_count += 1;
        }
        *at += chunk.whole.len();
    }
    Ok(Page::Filled { length, row_count })
}

/// A walk over the rows of one state in all key groups of the range, each key (and namespace) once.
struct Keys {
    scan: Scan,
    /// Only keys with this framed namespace.
    namespace: Option<Vec<u8>>,
    key_group: u16,
    page: Vec<u8>,
    filled: usize,
    at: usize,
    /// Row key, up to the end of the namespace, of what was handed out last.
    last: Vec<u8>,
    ended: bool,
}

/// What to do with a row met by a walk over keys.
enum Step {
    Emit,
    Skip,
    /// Go to the rows of the state in this key group.
    Jump(u16),
}

impl Keys {
    fn page(&mut self, state: &State, target: &mut [u8]) -> Result<Page> {
        let (mut length, mut row_count) = (0, 0);
        while self.load()? {
            match self.step(state)? {
                Step::Emit => match self.emit(&mut target[length..]) {
                    Ok(written) => {
                        length += written;
                        row_count += 1;
                        self.advance();
                    }
                    Err(needed) if row_count == 0 => return Ok(Page::Short(needed)),
                    Err(_) => break,
                },
                Step::Skip => self.advance(),
                Step::Jump(key_group) => self.jump(state, key_group)?,
            }
        }
        Ok(Page::Filled { length, row_count })
    }

    /// Makes a row available at `at`; false at the end.
    fn load(&mut self) -> Result<bool> {
        while self.at == self.filled && !self.ended {
            match self.scan.page(Direction::Forward, &mut self.page)? {
                Page::Filled { length, row_count } => {
                    (self.filled, self.at) = (length, 0);
                    self.ended = row_count == 0;
                }
                Page::Short(needed) => self.page.resize(needed, 0),
            }
        }
        Ok(!self.ended)
    }

    fn row_key(&self) -> &[u8] {
        let key_at = self.at + WORDS_BYTES;
        &self.page[key_at..key_at + word(&self.page, self.at)]
    }

    fn value(&self) -> &[u8] {
        let value_at = self.at + WORDS_BYTES + word(&self.page, self.at);
        &self.page[value_at..value_at + word(&self.page, self.at + 4)]
    }

    fn advance(&mut self) {
        self.at += WORDS_BYTES + word(&self.page, self.at) + word(&self.page, self.at + 4);
    }

    fn step(&mut self, state: &State) -> Result<Step> {
        let row_key = self.row_key();
        let Some((key_group, state_id)) = row::head(row_key) else { return Err(state.damaged()) };
        if key_group > state.shared().range.last() {
            self.ended = true;
            return Ok(Step::Skip);
        }
        if state_id != state.id() {
            let next = if state_id < state.id() { key_group } else { key_group + 1 };
            return Ok(if next > self.key_group { Step::Jump(next) } else { Step::Skip });
        }
        self.key_group = key_group;
        let framed = Framed::of(self.row_key()).ok_or_else(|| state.damaged())?;
        let wanted = self.namespace.as_deref().is_none_or(|namespace| namespace == framed.framed_namespace());
        let known = self.last == self.row_key()[..framed.prefix_length()];
        if !wanted || known || !state.is_live(self.value())? {
            return Ok(Step::Skip);
        }
        Ok(Step::Emit)
    }

    fn jump(&mut self, state: &State, key_group: u16) -> Result<()> {
        let mut head = Vec::with_capacity(row::HEAD_BYTES);
        row::append_head(&mut head, key_group, state.id());
        self.scan.seek(&head)?;
        (self.filled, self.at, self.key_group) = (0, 0, key_group);
        Ok(())
    }

    /// Writes key and namespace of the row; fails with the size needed.
    fn emit(&mut self, target: &mut [u8]) -> std::result::Result<usize, usize> {
        let Some(framed) = Framed::of(self.row_key()) else { return Ok(0) };
        let prefix_length = framed.prefix_length();
        let (key, namespace) = (framed.key(), framed.namespace());
        let namespace: &[u8] = if self.namespace.is_some() { &[] } else { &namespace };
        let needed = WORDS_BYTES + key.len() + namespace.len();
        let record = target.get_mut(..needed).ok_or(needed)?;
        put_word(record, 0, key.len() as u32);
        put_word(record, 4, namespace.len() as u32);
        record[WORDS_BYTES..WORDS_BYTES + key.len()].copy_from_slice(&key);
        record[WORDS_BYTES + key.len()..].copy_from_slice(namespace);
        let last = self.row_key()[..prefix_length].to_vec();
        self.last = last;
        Ok(needed)
    }
}

impl State {
    /// Where reads refresh the write time, the walk is a read of each entry: of the row as it is now, which may be newer.
    fn refresh_entries(&self, rows: &mut Rows, prefix: &[u8], page: &[u8]) -> Result<()> {
        match &self.descriptor().ttl {
            Some(ttl) if ttl.update == TtlUpdate::OnReadAndWrite => {}
            _ => return Ok(()),
        }
        for (map_key, _) in packed::entries(page)? {
            self.read(rows, &[prefix, map_key].concat(), &mut [])?;
        }
        Ok(())
    }

    /// Whether a row with that write time is kept from the caller.
    #[inline]
    fn is_hidden(&self, written: Option<i64>) -> bool {
        match &self.descriptor().ttl {
            None => false,
            Some(ttl) => ttl.visibility != TtlVisibility::ReturnExpiredIfNotCleanedUp && self.has_expired(written),
        }
    }

    /// Whether a row has anything that has not expired.
    fn is_live(&self, value: &[u8]) -> Result<bool> {
        if self.definition().lifetime().is_none() {
            return Ok(true);
        }
        if self.descriptor().kind == Kind::List {
            let mut at = 0;
            while at < value.len() {
                let chunk = first_chunk(&value[at..]).ok_or_else(|| self.damaged())?;
                if !self.has_expired(chunk.written) {
                    return Ok(true);
                }
                at += chunk.whole.len();
            }
            return Ok(false);
        }
        let row = Row::of(value).ok_or_else(|| self.damaged())?;
        Ok(!self.has_expired(row.written))
    }
}
