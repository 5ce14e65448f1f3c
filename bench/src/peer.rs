//! Bare loops on the Kafka client, each in a process of its own: what a stage of a service is compared with.

use std::time::Duration;

use clap::{Args, ValueEnum};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::BaseConsumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

use crate::{Outcome, kafka, program};

const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Args)]
pub(crate) struct Peer {
    /// What the loop does
    kind: Kind,
    /// Bootstrap servers
    #[arg(long)]
    brokers: String,
    /// The topic it reads
    #[arg(long)]
    from: String,
    /// The offset in each partition where it begins
    #[arg(long, value_delimiter = ',')]
    offsets: Vec<i64>,
    /// The topic it writes
    #[arg(long, default_value = "")]
    to: String,
    /// How many records
    #[arg(long)]
    records: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// Polls and looks at nothing
    Poll,
    /// Polls and copies each record out, its headers too: what anyone must who hands it to another thread
    Read,
    /// Polls and sends each record on, with its headers
    Transfer,
}

impl Peer {
    /// Runs the loop and prints how many records a second went through it, and what one has cost, in us of CPU time.
    pub(crate) fn run(&self) -> Outcome<()> {
        let consumer = kafka::reader(&self.brokers)?;
        kafka::assign(&consumer, &self.from, &self.offsets)?;
        let rate = match self.kind {
            Kind::Poll => kafka::read(&consumer, self.records, PATIENCE, |_| Ok(())),
            Kind::Read => kafka::read(&consumer, self.records, PATIENCE, |message| {
                std::hint::black_box(message.detach());
                Ok(())
            }),
            Kind::Transfer => self.transfer(&consumer),
        };
        let rate = rate?;
        let cost = program::cost(std::process::id())?;
        #[expect(clippy::cast_precision_loss, reason = "a count of records")]
        let each = cost.cpu.as_secs_f64() * 1e6 / self.records as f64;
        println!("{rate} {each}");
        Ok(())
    }

    fn transfer(&self, consumer: &BaseConsumer) -> Outcome<f64> {
        let producer = producer(&self.brokers)?;
        let rate =
            kafka::read(consumer, self.records, PATIENCE, |message| send(&producer, &self.to, message))?;
        producer.flush(PATIENCE).map_err(|error| error.to_string())?;
        Ok(rate)
    }
}

/// A producer set as a service sets its own, without transactions.
pub(crate) fn producer(brokers: &str) -> Outcome<ThreadedProducer<DefaultProducerContext>> {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers)
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("compression.type", "lz4")
        .set("linger.ms", "5")
        .set("partitioner", "murmur2_random");
    config.create().map_err(|error| error.to_string())
}

fn send(
    producer: &ThreadedProducer<DefaultProducerContext>,
    to: &str,
    message: &BorrowedMessage<'_>,
) -> Outcome<()> {
    let headers = message.headers().map(rdkafka::message::BorrowedHeaders::detach);
    let mut record = BaseRecord::<[u8], [u8]>::to(to);
    record.key = message.key();
    record.payload = message.payload();
    record.headers = headers;
    push(producer, record)
}

/// Sends, waiting while the client's queue is full.
pub(crate) fn push(
    producer: &ThreadedProducer<DefaultProducerContext>,
    mut record: BaseRecord<'_, [u8], [u8]>,
) -> Outcome<()> {
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                record = again;
                std::thread::sleep(Duration::from_millis(1));
            }
            Err((error, _)) => return Err(error.to_string()),
        }
    }
}
