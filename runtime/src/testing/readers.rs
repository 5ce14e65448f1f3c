//! What the readers of a service make of a record, without a broker: publish of one on the raw topic, dispatch of one on a
//! topic of events or commands. For tests with records that nobody of ours would write.
//! It must not know: any service in particular.

use std::sync::Arc;

use crate::cloudevents::Header;
use crate::command::work::Transactions;
use crate::command::work::memory::MemoryWork;
use crate::config::Config;
use crate::flow::dispatch::{self, Reading};
use crate::flow::publish::{self, Sheet, Transform};
use crate::flow::{Begun, Ground, Name, Stop};
use crate::log::Record;
use crate::log::kafka::{Kafka, Producer};
use crate::service::{Reaction, Service, Translations};
use crate::telemetry::{Meters, Spans};

/// The readers of one service.
pub struct Readers {
    ground: Ground,
    meters: Meters,
    publish: publish::Plan,
    dispatch: dispatch::Plan,
}

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// So many events, or so many policies that listen.
    Work(usize),
    /// A dead letter with this code.
    Dead(String),
    /// Nothing, and it is counted.
    Passed,
    /// A halt with this code.
    Halt(&'static str),
}

impl Readers {
    /// The readers of a service.
    ///
    /// # Panics
    /// When no client can be made on this machine.
    pub fn new(service: Service) -> Self {
        let (config, meters, stop) = (Config::default(), Meters::new(), Stop::new());
        let metrics = meters.of(service.spec.slug);
        let spans = Spans::start(&config.otlp, service.spec.slug, &metrics, &stop);
        let kafka = Kafka::new(&config.kafka, "readers");
        let producer = Arc::new(Producer::new(&kafka).expect("a client that connects to nobody"));
        let (spec, config, begun) = (service.spec, Arc::new(config), Begun::new());
        let ground = Ground { spec, config, kafka, metrics, spans, stop, begun, activity: None };
        let tables = service.captures.iter().flat_map(|capture| capture.source.tables);
        let tables = tables.map(|table| table.message).collect();
        let translations = service.captures.into_iter().flat_map(|capture| capture.translations);
        let translations = Translations::new(translations);
        let listeners = service.policies.into_iter().map(|policy| dispatch::Listener::of(&ground, policy));
        let dispatch = dispatch::Plan {
            name: Name::Dispatch,
            listeners: listeners.collect(),
            elsewhere: Vec::new(),
            commands: service.commands,
            transactions: Arc::new(Transactions::Memory(MemoryWork::new(Box::new(|_| {
                Box::pin(async { Ok(()) })
            })))),
            producer,
        };
        let publish = publish::Plan { translations, records: service.records, tables };
        Self { ground, meters, publish, dispatch }
    }

    /// What publish makes of a record on the raw topic.
    pub fn publish(&self, key: Option<&[u8]>, headers: &[Header], body: Option<&[u8]>) -> Became {
        let record = record(self.ground.spec.topics.raw.name, key, headers, body);
        let before = self.passed_over();
        let mut sheet = Sheet::default();
        match Transform::new(&self.ground, &self.publish).apply(&record, &mut sheet) {
            Err(fault) => Became::Halt(fault.code),
            Ok(_) => match sheet.letters().first() {
                Some(letter) => Became::Dead(cause(&letter.headers)),
                None if self.passed_over() > before => Became::Passed,
                None => Became::Work(sheet.len()),
            },
        }
    }

    /// What dispatch makes of a record on a topic that it reads.
    pub fn dispatch(
        &self,
        topic: &str,
        key: Option<&[u8]>,
        headers: &[Header],
        body: Option<&[u8]>,
    ) -> Became {
        match dispatch::reading(&self.ground, &self.dispatch, record(topic, key, headers, body)) {
            Reading::Work(policies) => Became::Work(policies),
            Reading::Poison(code) => Became::Dead(code.to_owned()),
            Reading::Passed => Became::Passed,
        }
    }

    /// What each policy makes of a body, taken for its event; the commands that it asks for can be told apart again.
    ///
    /// # Panics
    /// When a command is asked for whose bytes are none.
    pub(super) fn react(&self, body: &[u8]) {
        for listener in &self.dispatch.listeners {
            if let Ok(Reaction::Asks(asked)) = (listener.policy.react)(body) {
                let are_messages =
                    asked.iter().all(|one| <() as prost::Message>::decode(&one.body[..]).is_ok());
                assert!(are_messages, "what a policy asks for is a message");
            }
        }
    }

    /// How many records are counted as passed over.
    fn passed_over(&self) -> u64 {
        let text = self.meters.text();
        let of = |line: &&str| line.starts_with("storm_passed_over_total{");
        text.lines().filter(of).filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }
}

fn record(topic: &str, key: Option<&[u8]>, headers: &[Header], body: Option<&[u8]>) -> Record {
    Record {
        topic: topic.into(),
        partition: 0,
        offset: 0,
        key: key.map(<[u8]>::to_vec),
        headers: headers.to_vec(),
        body: body.map(<[u8]>::to_vec),
        written_at: 0,
    }
}

/// The code of a dead letter.
fn cause(headers: &[Header]) -> String {
    let cause = crate::cloudevents::text(headers, "dead-cause").unwrap_or_default();
    cause.split(':').next().unwrap_or_default().to_owned()
}
