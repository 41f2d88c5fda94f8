//! The ledger by example, and a million random steps of it. Beside it and not in it, so that `tests/credit_schedules.rs` can include the one
//! without the other.

use std::collections::VecDeque;
use std::time::Duration;

use super::ledger::{Account, Entry, Ledger, Outcome};
use crate::error::Error;

use proptest::prelude::*;

const LARGEST: u64 = 25;
const CAPACITY: u64 = 200;
const MILLI: Duration = Duration::from_millis(1);

fn at(millis: u64) -> Duration {
    MILLI * millis as u32
}

impl<W> Ledger<W> {
    /// What must hold after every step: the sums agree, no own share is lent, and nobody waits for what is there.
    fn check_books(&self) {
        let accounts = || self.accounts.iter().flatten();
        assert_eq!(self.out, accounts().map(|account| account.out).sum::<u64>(), "outstanding credits");
        assert_eq!(self.floating_out, accounts().map(Account::floating_out).sum::<u64>(), "floating credits");
        assert_eq!(self.shares, accounts().map(|account| account.share).sum::<u64>(), "shares");
        assert!(self.out <= self.capacity && self.limit <= self.capacity && self.shares <= self.limit / 2);
        for (index, account) in self.accounts.iter().enumerate() {
            let waits = account.as_ref().is_some_and(|account| !account.queue.is_empty());
            assert_eq!(
                self.turn.iter().filter(|channel| **channel == index).count(),
                usize::from(waits),
                "turns of {index}"
            );
        }
        let deadlines = accounts().flat_map(|account| &account.queue).filter(|call| call.deadline.is_some());
        assert_eq!(self.deadlines.len(), deadlines.count(), "deadlines");
        self.check_progress();
    }

    fn check_progress(&self) {
        for account in self.accounts.iter().flatten() {
            if let Some((credits, 0)) = account.floating_need() {
                assert!(credits > self.headroom(), "'{}' waits for {credits} of its own", account.name);
            }
        }
        if let Some((credits, floating)) = self.turn.front().and_then(|channel| self.account(*channel).floating_need())
        {
            assert!(
                floating > self.floating_free() || credits > self.headroom(),
                "the first waits for {credits} that are free"
            );
        }
    }
}

fn three_channels() -> (Ledger<u64>, [usize; 3]) {
    let mut ledger = Ledger::new(CAPACITY, LARGEST);
    let channels =
        [("first", 40), ("second", 60), ("third", 0)].map(|(name, own)| ledger.enter(name, own).expect("fits"));
    (ledger, channels)
}

fn queued(ledger: &mut Ledger<u64>, channel: usize, credits: u64, who: u64) -> u64 {
    match ledger.acquire(channel, credits, Duration::ZERO, None, || who).expect("open") {
        Entry::Queued(number) => number,
        other => panic!("{other:?} instead of a place in the queue"),
    }
}

fn granted(ledger: &mut Ledger<u64>) -> Vec<u64> {
    ledger.finished().drain(..).filter(|ended| ended.2 == Outcome::Granted).map(|ended| ended.0).collect()
}

#[test]
fn what_floats_goes_to_anybody_and_what_is_owned_to_its_owner() {
    let (mut ledger, [first, second, third]) = three_channels();
    assert_eq!(ledger.request(third, 1000).expect("open"), 100);
    assert_eq!(ledger.request(third, 1).expect("open"), 0);
    assert_eq!(ledger.request(first, 1000).expect("open"), 40);
    assert_eq!(ledger.request(second, 59).expect("open"), 59);
    assert_eq!(ledger.request(second, 2).expect("open"), 1);
    ledger.give_back(third, 30);
    assert_eq!(ledger.request(first, 1000).expect("open"), 30);
    ledger.check_books();
}

#[test]
fn a_falling_limit_is_a_debt_and_takes_shares_down_in_proportion() {
    let (mut ledger, [first, _, third]) = three_channels();
    ledger.request(third, 100).expect("open");
    ledger.set_limit(at(0), 100, false);
    assert_eq!((ledger.account(first).share, ledger.shares), (20, 50));
    assert_eq!(ledger.request(first, 1).expect("open"), 0);
    ledger.give_back(third, 50);
    assert_eq!(ledger.request(first, 1000).expect("open"), 20);
    assert_eq!(ledger.request(third, 1000).expect("open"), 0);
    ledger.check_books();
}

#[test]
fn while_probing_one_call_is_granted_per_limit() {
    let (mut ledger, [first, second, _]) = three_channels();
    ledger.set_limit(at(0), 2 * LARGEST, true);
    assert_eq!(ledger.request(first, 5).expect("open"), 5);
    ledger.give_back(first, 5);
    assert_eq!(ledger.request(second, 5).expect("open"), 0);
    queued(&mut ledger, second, 5, 1);
    queued(&mut ledger, second, 5, 2);
    ledger.set_limit(at(100), 2 * LARGEST, true);
    assert_eq!(granted(&mut ledger), [1]);
    ledger.check_books();
}

#[test]
fn calls_of_a_channel_are_served_in_order_and_none_overtakes() {
    let (mut ledger, [first, _, third]) = three_channels();
    ledger.request(third, 1000).expect("open");
    queued(&mut ledger, third, 20, 1);
    queued(&mut ledger, third, 1, 2);
    ledger.give_back(third, 10);
    assert_eq!(granted(&mut ledger), Vec::<u64>::new());
    assert_eq!(ledger.request(third, 1).expect("open"), 0, "a request overtook");
    assert_eq!(ledger.request(first, 1000).expect("open"), 40, "a channel takes its own, whoever waits");
    ledger.give_back(third, 11);
    assert_eq!(granted(&mut ledger), [1, 2]);
    ledger.check_books();
}

#[test]
fn a_call_given_up_lets_the_next_one_go() {
    let (mut ledger, [.., third]) = three_channels();
    ledger.request(third, 1000).expect("open");
    let large = queued(&mut ledger, third, 20, 1);
    queued(&mut ledger, third, 5, 2);
    ledger.give_back(third, 10);
    assert!(ledger.cancel(third, large) && !ledger.cancel(third, large));
    assert_eq!(granted(&mut ledger), [2]);
    ledger.check_books();
}

#[test]
fn deadlines_are_answered_and_a_past_one_at_once() {
    let (mut ledger, [.., third]) = three_channels();
    ledger.request(third, 1000).expect("open");
    let wait =
        |ledger: &mut Ledger<u64>, until| ledger.acquire(third, 1, at(10), Some(at(until)), || until).expect("open");
    assert_eq!([wait(&mut ledger, 10), wait(&mut ledger, 3)], [Entry::TimedOut, Entry::TimedOut]);
    wait(&mut ledger, 30);
    wait(&mut ledger, 20);
    assert_eq!(ledger.next_deadline(), Some(at(20)));
    assert_eq!(ledger.expire(at(25)), at(25));
    assert_eq!(ledger.expire(at(1)), at(25), "time went backwards");
    assert_eq!(*ledger.finished(), [(20, 1, Outcome::TimedOut)]);
    ledger.check_books();
}

#[test]
fn closing_and_leaving_answer_everybody() {
    let (mut ledger, [first, second, third]) = three_channels();
    ledger.request(third, 1000).expect("open");
    ledger.request(second, 1000).expect("open");
    queued(&mut ledger, third, 1, 1);
    queued(&mut ledger, second, 25, 2);
    ledger.leave(third);
    assert_eq!(*ledger.finished(), [(1, 1, Outcome::Closed), (2, 25, Outcome::Granted)], "what was out came back");
    assert_eq!(ledger.request(first, 1000).expect("open"), 40 + 75);
    queued(&mut ledger, second, 25, 3);
    ledger.check_books();
    ledger.close();
    assert_eq!(ledger.finished().last(), Some(&(3, 25, Outcome::Closed)));
    assert!(matches!(ledger.request(first, 1), Err(Error::CreditsClosed(name)) if name == "first"));
    assert_eq!(ledger.waiting(), (0, 0));
}

#[test]
fn refusals_name_channel_and_numbers() {
    let (mut ledger, [first, ..]) = three_channels();
    let texts = [
        ledger.enter("fourth", 1).map(drop),
        ledger.request(first, 0).map(drop),
        ledger.acquire(first, LARGEST + 1, at(0), None, || 0).map(drop),
    ]
    .map(|refused| refused.expect_err("refused").to_string());
    for (text, parts) in texts.iter().zip([["fourth", "0", "200"], ["first", "0", "1"], ["first", "26", "25"]]) {
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
}

/// One channel has no end of calls, 99 others one each at a time: none of these waits for more than two rounds, and what it owns it has
/// whatever the others do.
#[test]
fn a_hog_does_not_keep_mice_waiting() {
    const CHANNELS: usize = 100;
    let mut ledger = Ledger::<u64>::new(1000, 10);
    let channels: Vec<usize> =
        (0..CHANNELS).map(|at| ledger.enter("", if at == 0 { 0 } else { 5 }).expect("fits")).collect();
    let mut out: VecDeque<usize> = (0..50).map(|_| channels[0]).collect();
    assert_eq!(ledger.request(channels[0], 1000).expect("open"), 505);
    for (at, channel) in channels.iter().enumerate() {
        assert!(at == 0 || ledger.request(*channel, 9).expect("open") == 5, "a mouse has its own share");
        for _ in 0..if at == 0 { 1000 } else { 1 } {
            queued(&mut ledger, *channel, 10, at as u64);
        }
    }
    let mut last_served = [0; CHANNELS];
    for grants in 1..=20 * CHANNELS {
        ledger.give_back(out.pop_front().expect("something is out"), 10);
        for who in granted(&mut ledger) {
            last_served[who as usize] = grants;
            out.push_back(channels[who as usize]);
            queued(&mut ledger, channels[who as usize], 10, who);
        }
        let longest = last_served.iter().map(|last| grants - last).max();
        assert!(longest <= Some(2 * CHANNELS), "a channel waited for {longest:?} grants among {CHANNELS} channels");
        ledger.check_books();
    }
    assert!(last_served.iter().all(|last| *last > 0));
}

#[derive(Debug, Clone)]
enum Step {
    Enter { own: u64 },
    Leave { channel: usize },
    Request { channel: usize, credits: u64 },
    Acquire { channel: usize, credits: u64, timeout: Option<u64> },
    GiveBack { channel: usize, part: u64 },
    Cancel { which: usize },
    Pass { millis: u64 },
    Limit { credits: u64, probing: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let channel = || 0..6_usize;
    prop_oneof![
        1 => (0..60_u64).prop_map(|own| Step::Enter { own }),
        1 => channel().prop_map(|channel| Step::Leave { channel }),
        8 => (channel(), 0..80_u64).prop_map(|(channel, credits)| Step::Request { channel, credits }),
        8 => (channel(), 0..LARGEST + 3, proptest::option::of(0..50_u64))
            .prop_map(|(channel, credits, timeout)| Step::Acquire { channel, credits, timeout }),
        12 => (channel(), 1..101_u64).prop_map(|(channel, part)| Step::GiveBack { channel, part }),
        2 => (0..64_usize).prop_map(|which| Step::Cancel { which }),
        3 => (0..20_u64).prop_map(|millis| Step::Pass { millis }),
        1 => (0..CAPACITY + 9, proptest::bool::weighted(0.2)).prop_map(|(credits, probing)| Step::Limit { credits, probing }),
    ]
}

/// The ledger beside what is known of it from outside: who waits, and how much each channel has.
struct Model {
    ledger: Ledger<u64>,
    now: u64,
    channels: Vec<(usize, u64)>,
    waiting: Vec<(u64, usize, u64, Option<u64>)>,
    next_who: u64,
}

impl Model {
    fn channel(&self, at: usize) -> Option<usize> {
        self.channels.get(at).map(|channel| channel.0)
    }

    fn add(&mut self, channel: usize, credits: u64) {
        let entry = self.channels.iter_mut().find(|entry| entry.0 == channel).expect("open");
        entry.1 += credits;
    }

    fn acquire(&mut self, channel: usize, credits: u64, timeout: Option<u64>) {
        let (who, deadline) = (self.next_who, timeout.map(|timeout| self.now + timeout));
        self.next_who += 1;
        match self.ledger.acquire(channel, credits, at(self.now), deadline.map(at), || who) {
            Ok(Entry::Granted) => self.add(channel, credits),
            Ok(Entry::TimedOut) => assert!(timeout == Some(0)),
            Ok(Entry::Queued(number)) => self.waiting.push((who, channel, number, deadline)),
            Err(_) => assert!(credits == 0 || credits > LARGEST),
        }
    }

    fn run(&mut self, step: &Step) {
        let (before, limit) = (self.ledger.out, self.ledger.limit);
        match *step {
            Step::Enter { own } if self.channels.len() < 6 => {
                self.channels.extend(self.ledger.enter("channel", own).ok().map(|index| (index, 0)));
            }
            Step::Leave { channel } if channel < self.channels.len() => {
                self.ledger.leave(self.channels.swap_remove(channel).0)
            }
            Step::Request { channel, credits } => {
                let Some(channel) = self.channel(channel) else { return };
                let granted = self.ledger.request(channel, credits).unwrap_or(0);
                assert!(granted <= credits);
                self.add(channel, granted);
            }
            Step::Acquire { channel, credits, timeout } => {
                let Some(channel) = self.channel(channel) else { return };
                self.acquire(channel, credits, timeout);
            }
            Step::GiveBack { channel, part } if channel < self.channels.len() => {
                let (index, out) = self.channels[channel];
                let credits = (out * part).div_ceil(100);
                self.channels[channel].1 -= credits;
                self.ledger.give_back(index, credits);
            }
            Step::Cancel { which } if which < self.waiting.len() => {
                let (_, channel, number, _) = self.waiting[which];
                assert!(self.ledger.cancel(channel, number));
            }
            Step::Pass { millis } => {
                self.now += millis;
                self.ledger.expire(at(self.now));
            }
            Step::Limit { credits, probing } => self.ledger.set_limit(at(self.now), credits, probing),
            _ => {}
        }
        self.settle();
        assert!(self.ledger.out <= before.max(limit).max(self.ledger.limit), "granted above the limit");
        assert!(self.ledger.out <= before || self.ledger.out <= self.ledger.limit, "granted while in debt");
    }

    /// Every call that ended is one that waited, and ends once.
    fn settle(&mut self) {
        for (who, credits, outcome) in std::mem::take(self.ledger.finished()) {
            let at = self.waiting.iter().position(|call| call.0 == who).expect("only who waits is answered, and once");
            let (_, channel, _, deadline) = self.waiting.swap_remove(at);
            match outcome {
                Outcome::Granted => self.add(channel, credits),
                Outcome::TimedOut => assert!(deadline.is_some_and(|deadline| deadline <= self.now)),
                Outcome::Cancelled | Outcome::Closed => {}
            }
        }
        assert!(self
            .waiting
            .iter()
            .all(|call| call.3.is_none_or(|deadline| deadline > self.ledger.now.as_millis() as u64)));
        assert_eq!(self.ledger.waiting().1, self.waiting.len());
        for (channel, out) in &self.channels {
            assert_eq!(self.ledger.account(*channel).out, *out, "credits out of channel {channel}");
        }
        self.ledger.check_books();
    }

    /// Everything comes back: then nobody waits, and every credit is free.
    fn end(&mut self) {
        self.ledger.set_limit(at(self.now), CAPACITY, false);
        self.settle();
        for _ in 0..self.waiting.len() + 1 {
            for index in 0..self.channels.len() {
                let (channel, out) = self.channels[index];
                self.channels[index].1 = 0;
                self.ledger.give_back(channel, out);
                self.settle();
            }
        }
        assert_eq!((self.ledger.out, self.ledger.waiting()), (0, (0, 0)), "everybody is served when all comes back");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, max_shrink_iters: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// A million steps in all.
    #[test]
    fn credits_are_conserved_and_everybody_is_answered(steps in proptest::collection::vec(step(), 1..=999)) {
        let ledger = Ledger::new(CAPACITY, LARGEST);
        let mut model = Model { ledger, now: 0, channels: Vec::new(), waiting: Vec::new(), next_who: 1 };
        steps.iter().for_each(|step| model.run(step));
        model.end();
    }
}
