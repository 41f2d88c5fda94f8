//! What a job writes, and how its time passes.

use super::job::Job;
use super::model::{Aging, Slot, KEYS, MAP_KEYS};
use super::subtask::Subtask;

impl Job {
    fn slot(&mut self) -> Slot {
        Slot { key: self.random.below(KEYS as usize) as u32, is_windowed: self.random.percent(50) }
    }

    pub(super) fn write(&mut self, most: usize) {
        for _ in 0..self.random.below(most) {
            let (slot, value) = (self.slot(), self.random.below(1 << 30) as u32);
            match self.random.below(10) {
                0 | 1 => self.write_value(slot, value),
                2 | 3 => self.write_aging(slot, value),
                4 => self.write_list(slot, value),
                5 | 6 => self.write_map(slot, value),
                7 => self.write_sum(slot, value),
                8 => self.write_timer(slot),
                _ => self.write_operator(value),
            }
        }
    }

    fn owner(&self, slot: Slot) -> &Subtask {
        self.subtasks.iter().find(|subtask| subtask.has(slot)).expect("every key has a subtask")
    }

    fn write_value(&mut self, slot: Slot, value: u32) {
        let value = self.random.percent(80).then_some(value);
        self.owner(slot).put_value(slot, value);
        match value {
            Some(value) => drop(self.model.values.insert(slot, value)),
            None => drop(self.model.values.remove(&slot)),
        }
    }

    fn write_aging(&mut self, slot: Slot, value: u32) {
        let value = self.random.percent(80).then_some(value);
        self.owner(slot).put_aging(slot, value);
        let written = self.model.ttl_since.map(|_| self.model.now);
        match value {
            Some(value) => drop(self.model.aging.insert(slot, Aging { value, written })),
            None => drop(self.model.aging.remove(&slot)),
        }
    }

    fn write_list(&mut self, slot: Slot, value: u32) {
        let list = self.model.lists.get(&slot).cloned().unwrap_or_default();
        let added = vec![value; 1 + self.random.below(3)];
        let list = if list.len() > 20 || self.random.percent(10) {
            // An empty list is none.
            let list = if self.random.percent(50) { added } else { Vec::new() };
            self.owner(slot).set_list(slot, &list);
            list
        } else {
            self.owner(slot).add_to_list(slot, &added);
            [list, added].concat()
        };
        self.model.lists.insert(slot, list);
    }

    fn write_map(&mut self, slot: Slot, value: u32) {
        let map_key = self.random.below(MAP_KEYS.into()) as u8;
        if self.random.percent(20) {
            self.owner(slot).remove_entry(slot, map_key);
            self.model.maps.remove(&(slot, map_key));
            return;
        }
        let value = self.random.percent(90).then_some(value);
        self.owner(slot).put_entry(slot, map_key, value);
        self.model.maps.insert((slot, map_key), value);
    }

    fn write_sum(&mut self, slot: Slot, value: u32) {
        let value = i64::from(value % 1000);
        self.owner(slot).add(slot, value);
        *self.model.sums.entry(slot).or_default() += value;
        let mean = self.model.means.entry(slot).or_default();
        *mean = (mean.0 + value, mean.1 + 1);
    }

    fn write_timer(&mut self, slot: Slot) {
        let timestamp = self.random.below(500) as i64 - 100;
        let timer = (self.random.percent(50), timestamp, slot);
        let is_set = self.random.percent(70);
        self.owner(slot).set_timer(timer, is_set);
        if is_set {
            self.model.timers.insert(timer);
        } else {
            self.model.timers.remove(&timer);
        }
    }

    fn write_operator(&mut self, value: u32) {
        if self.random.percent(30) {
            let rule = self.random.below(4) as u8;
            self.subtasks.iter().for_each(|subtask| subtask.put_rule(rule, value));
            self.model.rules.insert(rule, value);
            return;
        }
        let index = self.random.below(self.subtasks.len());
        let operator = &mut self.model.operators[index];
        operator.offsets.push(value);
        operator.seen.push(value);
        // As an operator does that takes its own share of a union again.
        for list in [&mut operator.offsets, &mut operator.seen] {
            let surplus = list.len().saturating_sub(6);
            list.drain(..surplus);
        }
        self.subtasks[index].set_operator(operator);
    }

    pub(super) fn pass_time(&mut self) {
        self.model.now += self.random.below(700) as i64;
        self.tell("pass time", &self.model.now.clone());
        self.subtasks.iter().for_each(|subtask| subtask.set_now(self.model.now));
    }

    pub(super) fn change_ttl(&mut self) {
        // Without a ttl they would be there again, or not, as compactions have it.
        for slot in self.model.expired() {
            self.owner(slot).put_aging(slot, None);
            self.model.aging.remove(&slot);
        }
        self.model.ttl_since = if self.model.ttl_since.is_some() { None } else { Some(self.model.now) };
        self.tell("change ttl", &self.model.ttl_since.clone());
        let subtasks = std::mem::take(&mut self.subtasks);
        self.subtasks = subtasks.into_iter().map(|subtask| subtask.open_states_again(&self.model)).collect();
    }
}
