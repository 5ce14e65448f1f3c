//! The broker as its owner holds it: start, look inside, stop.
//!
//! It runs on a thread of its own, so that a test that blocks (as librdkafka's calls do) does not block it, nor it
//! the test. It must not know the protocol.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::connection;
use crate::group::member::Answers;
use crate::options::Options;
use crate::shared::Shared;

/// How precisely sessions and transactions end.
const TICK: Duration = Duration::from_millis(25);

/// A running broker. Dropping it stops it.
pub struct Broker {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why a broker did not start.
#[derive(Debug)]
pub struct StartError {
    port: u16,
    source: io::Error,
}

impl StartError {
    /// A stable name for this failure.
    pub fn code(&self) -> &'static str {
        "broker-port"
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the embedded broker cannot listen on 127.0.0.1:{}", self.port)
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// One partition as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionStatus {
    /// The first offset that can be read.
    pub start: i64,
    /// The offset that the next record will have.
    pub end: i64,
    /// Up to where read_committed readers see: the first open transaction, or the end.
    pub stable: i64,
    /// Bytes held in memory.
    pub bytes: usize,
}

/// One topic as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicStatus {
    /// Its name.
    pub name: String,
    /// Its partitions, by number.
    pub partitions: Vec<PartitionStatus>,
}

impl Broker {
    /// Starts a broker on 127.0.0.1 and returns when it accepts connections. Fails if the port is taken.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let port = options.port;
        let failed = |source| StartError { port, source };
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Arc::new(Shared::new(options, address));
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = oneshot::channel();
        let inner = Arc::clone(&shared);
        let body = move || {
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = ready.send(Err(error));
                    return;
                }
            };
            runtime.block_on(async move {
                match TcpListener::from_std(listener) {
                    Ok(listener) => {
                        let _ = ready.send(Ok(()));
                        run(inner, listener, stopped).await;
                    }
                    Err(error) => {
                        let _ = ready.send(Err(error));
                    }
                }
            });
        };
        let thread =
            std::thread::Builder::new().name("storm-broker".to_owned()).spawn(body).map_err(failed)?;
        let broker = Self { shared, stop: Some(stop), thread: Some(thread) };
        let gone = || io::Error::other("its thread ended");
        is_ready.await.map_err(|_| failed(gone()))?.map_err(failed)?;
        Ok(broker)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// Its address as `bootstrap.servers` wants it.
    pub fn bootstrap(&self) -> String {
        self.shared.address.to_string()
    }

    /// Closes every connection and returns when nothing of it runs any more.
    pub async fn shutdown(mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            debug_assert!(matches!(joined, Ok(Ok(()))), "the broker's thread does not panic");
        }
    }

    /// Topics and their partitions as they are now, in the order of their names.
    pub fn topics(&self) -> Vec<TopicStatus> {
        let cluster = self.shared.lock();
        let status = |(name, topic): (&str, &crate::topic::Topic)| TopicStatus {
            name: name.to_owned(),
            partitions: topic
                .partitions
                .iter()
                .map(|partition| PartitionStatus {
                    start: partition.log.start(),
                    end: partition.log.end(),
                    stable: partition.log.stable(),
                    bytes: partition.log.bytes(),
                })
                .collect(),
        };
        cluster.topics.iter().map(status).collect()
    }

    /// End offsets of a topic's partitions, by number; `None` if there is no such topic.
    pub fn end_offsets(&self, topic: &str) -> Option<Vec<i64>> {
        let cluster = self.shared.lock();
        Some(cluster.topics.get(topic)?.partitions.iter().map(|partition| partition.log.end()).collect())
    }

    /// The offset that a group has committed for a partition.
    pub fn committed(&self, group: &str, topic: &str, partition: i32) -> Option<i64> {
        let cluster = self.shared.lock();
        let place = (topic.to_owned(), partition);
        cluster.groups.get(group)?.offsets.get(&place).map(|committed| committed.offset)
    }

    /// How many transactions are open.
    pub fn open_transactions(&self) -> usize {
        self.shared.lock().transactions.open()
    }

    /// Applies retention and compaction to every topic now.
    pub fn clean(&self) {
        clean(&self.shared);
    }
}

/// Its address only: what it holds is its clients' data.
impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").field("address", &self.address()).finish_non_exhaustive()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Its tasks are dropped at their next wait, so this takes no longer than one request's step.
            let _ = thread.join();
        }
    }
}

async fn run(shared: Arc<Shared>, listener: TcpListener, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    let mut tick = tokio::time::interval(TICK);
    let mut cleaning = tokio::time::interval(shared.options.clean_interval.max(TICK));
    cleaning.reset();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection::serve(Arc::clone(&shared), stream));
                }
                Err(error) => {
                    tracing::warn!(%error, "the embedded broker cannot accept a connection");
                    // Out of file descriptors, most likely: give others time to close some.
                    tokio::time::sleep(TICK).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = tick.tick() => {
                let mut answers = Answers::new();
                shared.lock().expire(shared.now(), &mut answers);
                shared.deliver(answers);
            }
            _ = cleaning.tick() => clean(&shared),
        }
    }
}

fn clean(shared: &Shared) {
    let now = shared.now();
    shared.lock().topics.iter_mut().for_each(|topic| topic.clean(now));
}
