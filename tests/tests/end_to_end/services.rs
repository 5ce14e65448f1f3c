//! The shop deployed on this machine: a database, a broker, and a process for each context.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;
use storm_servers::Kind;
use storm_soak::{CONTEXTS, Connection, Outcome, Service, Shop};

use crate::topics::{Event, Topics};

/// Long enough for a loaded machine.
const PATIENCE: Duration = Duration::from_secs(90);
const STOCK: &[(&str, u32)] =
    &[("teapot-blue", 40), ("cup-white", 112), ("kettle-steel", 25), ("tea-assam-250", 300)];

pub struct Deployment {
    services: Vec<Service>,
    logs: Vec<String>,
    topics: Topics,
    shop: Shop,
}

impl Deployment {
    /// Everything up and ready; nothing if a server cannot be had (and then the test counts as skipped).
    pub fn start(database: Kind) -> Option<Self> {
        let shop = Shop::start(database, STOCK)?;
        let descriptors =
            std::fs::read(storm_tests::root().join("generated-example/proto/descriptors.binpb")).unwrap();
        let topics = Topics::open(&shop.brokers(), &descriptors, &CONTEXTS);
        let mut deployment = Self { services: Vec::new(), logs: Vec::new(), topics, shop };
        deployment.restart();
        Some(deployment)
    }

    /// Starts a process for each context and waits until each says that it is ready.
    pub fn restart(&mut self) {
        // Everything that a deployment may ask for.
        let start = |context| self.shop.launch(context).set("STORM_LOG__LEVEL", "debug").start();
        self.services = CONTEXTS.map(start).into();
        self.services.iter_mut().for_each(|service| service.await_ready(PATIENCE));
    }

    /// SIGTERM to each; how each ended.
    pub fn terminate(&mut self) -> Vec<Outcome> {
        self.logs.extend(self.services.iter().map(Service::log));
        self.services.drain(..).map(|service| service.terminate(PATIENCE)).collect()
    }

    /// What the processes that have ended had logged by then.
    pub fn logs(&self) -> &[String] {
        &self.logs
    }

    pub fn command(&mut self, context: &str, name: &str, key: &str, body: &Value) {
        self.topics.command(context, name, key, body);
    }

    /// Asks for a command at the context's door, under a key of the caller's; the id that it was taken under.
    pub fn post(&mut self, context: &str, name: &str, key: &str, body: &Value) -> String {
        let service = self.services.iter_mut().find(|service| service.name() == context).unwrap();
        let mut stream = TcpStream::connect(service.door().unwrap()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let body = body.to_string();
        let head = format!(
            "POST /commands/{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Idempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
        let (_, accepted) = answer.split_once("\r\n\r\n").unwrap();
        let accepted: Value = serde_json::from_str(accepted).unwrap();
        accepted["id"].as_str().unwrap().to_owned()
    }

    pub fn event(&mut self, name: &str, key: &str, patience: Duration) -> Value {
        self.topics.event(name, key, patience)
    }

    pub fn topics(&self) -> BTreeSet<String> {
        self.topics.names()
    }

    pub fn all_events(&mut self) -> Vec<Event> {
        self.topics.all()
    }

    pub fn metrics(&mut self, context: &str) -> String {
        let service = self.services.iter_mut().find(|service| service.name() == context).unwrap();
        service.get("/metrics").unwrap().1
    }

    /// Waits until a metric is as high.
    pub fn until(&mut self, context: &str, metric: &str, labels: &str, value: f64, patience: Duration) {
        let service = self.services.iter_mut().find(|service| service.name() == context).unwrap();
        let start = Instant::now();
        while service.metric(metric, labels) < value {
            assert!(start.elapsed() < patience, "{metric} of {context}:\n{}", service.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What the orders table says.
    pub fn status_of(&self, order: &str) -> String {
        let query = format!("SELECT status FROM orders WHERE id = '{order}'");
        Connection::open(&self.shop.url()).unwrap().rows(&query).unwrap().remove(0)
    }
}
