//! What a single instance wants different from the rest.

use std::path::PathBuf;

/// How to start one instance. The default is a temporary folder and a free port.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(crate) arguments: Vec<String>,
    pub(crate) java: Vec<String>,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) port: Option<u16>,
}

impl Options {
    /// A temporary folder, a free port, the settings that capture needs.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more setting, stronger than ours: `--binlog-format=STATEMENT` for a database, a line of
    /// `server.properties` such as `message.max.bytes=2000000` for Kafka.
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// One more argument of the Java machine that Kafka runs on, such as `-javaagent:…`; a database has none.
    pub fn java(mut self, argument: impl Into<String>) -> Self {
        self.java.push(argument.into());
        self
    }

    /// Keep the data in this folder, which is created if absent, reused if it holds data and never
    /// removed.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Listen on this port instead of a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }
}
