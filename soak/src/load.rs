//! Load under a seed: several connections that insert, update and delete rows in transactions of differing sizes, some of
//! them rolled back, and an actor who sends commands, some of them twice.
//! It must not know: what becomes of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::json;

use crate::database::{Connection, Error};
use crate::random::Random;
use crate::topics::{Bodies, Sender};

/// What is on the shelves, more than anyone can order.
pub(crate) const STOCK: [(&str, u32); 4] = [
    ("teapot-blue", 1_000_000),
    ("cup-white", 1_000_000),
    ("kettle-steel", 1_000_000),
    ("tea-assam", 1_000_000),
];
/// The end of the addresses of orders that are charged, reserved and packed. Other rows lead to events alone.
pub(crate) const REAL: &str = "@shop.example";
const WRITERS: u64 = 4;
/// Rows that are not the writers' own alone: several write the same key.
const KEYS: u64 = 120;

/// A command that was sent.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The order's key.
    pub(crate) id: String,
    /// The broker has it for certain.
    pub(crate) acknowledged: bool,
    /// It has lines; the shop rejects one without.
    pub(crate) valid: bool,
}

/// How much and how fast.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Rows a second, by all writers together.
    pub(crate) rate: u64,
    /// Rows after which the writers end.
    pub(crate) rows: u64,
}

/// Writers and the actor at work.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    rows: Arc<AtomicU64>,
    asked: Arc<Mutex<Vec<Asked>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    pub(crate) fn start(url: &str, brokers: &str, random: &Random, pace: Pace) -> Self {
        let (stop, rows, asked) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default(), Arc::default());
        let mut threads = Vec::new();
        for number in 0..WRITERS {
            let (url, stop, rows) = (url.to_owned(), stop.clone(), rows.clone());
            let mut writer = Writer { random: random.part(number), number, token: 0 };
            threads.push(std::thread::spawn(move || writer.write(&url, pace, &stop, &rows)));
        }
        let mut actor = Actor { random: random.part(WRITERS), asked: Arc::clone(&asked) };
        let (brokers, ended, written) = (brokers.to_owned(), stop.clone(), rows.clone());
        threads.push(std::thread::spawn(move || {
            actor.ask(&brokers, &|| {
                ended.load(Ordering::SeqCst) || written.load(Ordering::SeqCst) >= pace.rows
            });
        }));
        Self { stop, rows, asked, threads }
    }

    /// Rows whose commit was answered so far; the ledger knows better.
    pub(crate) fn rows(&self) -> u64 {
        self.rows.load(Ordering::SeqCst)
    }

    /// Ends the load and tells what was asked for.
    pub(crate) fn stop(self) -> Vec<Asked> {
        self.stop.store(true, Ordering::SeqCst);
        for thread in self.threads {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

struct Writer {
    random: Random,
    number: u64,
    token: u64,
}

impl Writer {
    fn write(&mut self, url: &str, pace: Pace, stop: &AtomicBool, rows: &AtomicU64) {
        let mut connection = None;
        while !stop.load(Ordering::SeqCst) && rows.load(Ordering::SeqCst) < pace.rows {
            let open = match connection.take() {
                Some(open) => Ok(open),
                None => Connection::open(url),
            };
            // A server that is down will be back; a transaction that lost its connection is the ledger's to judge.
            let Ok(mut open) = open else {
                std::thread::sleep(Duration::from_millis(100));
                continue;
            };
            let size = match self.random.below(20) {
                0..=11 => 1,
                12..=17 => 2 + self.random.below(8),
                _ => 10 + self.random.below(50),
            };
            match self.transaction(&mut open, size) {
                Ok(changed) => {
                    rows.fetch_add(changed, Ordering::SeqCst);
                    connection = Some(open);
                }
                // Deadlocks and waits that took too long: rolled back.
                Err(Error::Server(_)) if open.run("ROLLBACK").is_ok() => connection = Some(open),
                Err(_) => {}
            }
            let pause = Duration::from_micros(1_000_000 * WRITERS * size / pace.rate.max(1));
            std::thread::sleep(self.random.between(pause / 2, pause * 3 / 2));
        }
    }

    /// How many rows it changed; 0 when it was rolled back.
    fn transaction(&mut self, on: &mut Connection, size: u64) -> Result<u64, Error> {
        on.run("BEGIN")?;
        let mut changed = 0;
        for _ in 0..size {
            let statement = self.statement();
            changed += on.exec(&statement, ())?;
        }
        if self.random.chance(12) {
            on.run("ROLLBACK")?;
            return Ok(0);
        }
        on.run("COMMIT")?;
        Ok(changed)
    }

    fn statement(&mut self) -> String {
        self.token += 1;
        let token = format!("w{}-{}", self.number, self.token);
        let key = |n: u64| format!("{:08x}-0000-4000-8000-000000000000", n);
        let n = self.random.below(KEYS);
        match self.random.below(100) {
            0..=29 => order(&key(n), "noise@example.test", "[]", "5.00", &token),
            30..=49 => {
                // The status `paid` is left to the policies: it is packed, once an order.
                let status = self.random.pick(&["placed", "shipped", "cancelled"]);
                format!("UPDATE orders SET status = '{status}', note = '{token}' WHERE id = '{}'", key(n))
            }
            50..=56 => {
                let (from, to) = (key(n), key(n + 5));
                format!("UPDATE orders SET note = '{token}' WHERE id BETWEEN '{from}' AND '{to}'")
            }
            57..=69 => format!("DELETE FROM orders WHERE id = '{}'", key(n)),
            70..=79 => {
                let hand = self.random.below(100);
                // A row that is set to what it is does not change: the binlog has nothing of it.
                format!(
                    "INSERT INTO stock VALUES ('noise-{n}', {hand}, 50, 0) \
                     ON DUPLICATE KEY UPDATE on_hand = IF(on_hand = {hand}, 100, {hand})"
                )
            }
            80..=89 => format!("INSERT IGNORE INTO refunds VALUES ('{}', 5.00, UTC_TIMESTAMP(6))", key(n)),
            90..=95 => format!("DELETE FROM refunds WHERE order_id = '{}'", key(n)),
            _ => {
                let (quantity, dear) = (1 + self.random.below(4), self.random.chance(10));
                let sku = self.random.pick(&STOCK).0;
                let lines = format!(r#"[{{"sku":"{sku}","quantity":{quantity},"price":"7.50"}}]"#);
                let total = if dear { "1200.00" } else { "30.00" };
                order(&self.random.uuid(), &format!("ada{REAL}"), &lines, total, &token)
            }
        }
    }
}

fn order(id: &str, email: &str, lines: &str, total: &str, note: &str) -> String {
    format!(
        "INSERT IGNORE INTO orders (id, customer_id, email, `lines`, total, note, placed_at, updated_at) \
         VALUES ('{id}', '{id}', '{email}', '{lines}', {total}, '{note}', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))"
    )
}

struct Actor {
    random: Random,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Actor {
    /// Sends commands until told to end, and waits until they are acknowledged.
    fn ask(&mut self, brokers: &str, ends: &dyn Fn() -> bool) {
        let (sender, bodies) = (Sender::new(brokers).expect("a producer"), Bodies::new());
        while !ends() {
            let (id, valid) = (self.random.uuid(), !self.random.chance(20));
            let line = json!({ "sku": self.random.pick(&STOCK).0, "quantity": 2, "price": "10.00" });
            let lines = if valid { vec![line] } else { vec![] };
            let email = format!("alan{REAL}");
            let body = json!({ "order_id": id, "customer_id": id, "email": email, "lines": lines });
            let name = "shop.ordering.v1.PlaceOrder";
            let body = bodies.command(name, &body);
            let command = format!("soak-{id}");
            let times = if self.random.chance(40) { 2 } else { 1 };
            let sent = (0..times).filter(|_| sender.send(name, &command, &id, &body)).count();
            let acknowledged = sent > 0 && sender.flush(Duration::from_secs(60));
            let asked = Asked { id, acknowledged, valid };
            self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
            std::thread::sleep(self.random.between(Duration::from_millis(100), Duration::from_millis(500)));
        }
    }
}
