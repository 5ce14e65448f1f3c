//! The servers that all tests share, and how tests learn of them.

use storm_servers::{ABSENT_SUFFIX, Kind, Server};

use crate::start::start;

/// The servers, alive as long as this value, and what the tests are told of them.
pub(super) struct Fleet {
    variables: Vec<(String, String)>,
    _running: Vec<Server>,
}

impl Fleet {
    /// Starts one of each kind. One that cannot be had is named, and its tests learn why.
    pub(super) fn start() -> Self {
        let mut fleet = Self { variables: Vec::new(), _running: Vec::new() };
        for (kind, started) in start(&Kind::ALL, None) {
            match started {
                Ok(server) => {
                    fleet.variables.push((kind.variable().to_owned(), server.url()));
                    fleet._running.push(server);
                }
                Err(error) => {
                    eprintln!("{kind} cannot be had: {error}");
                    fleet.variables.push(absent(kind, &error.to_string()));
                }
            }
        }
        fleet
    }

    /// No servers at all, as `--quick` asks.
    pub(super) fn left_out() -> Self {
        let why = "left out by `--quick`";
        Self { variables: Kind::ALL.map(|kind| absent(kind, why)).into(), _running: Vec::new() }
    }

    pub(super) fn variables(&self) -> Vec<(String, String)> {
        self.variables.clone()
    }
}

fn absent(kind: Kind, why: &str) -> (String, String) {
    (format!("{}{ABSENT_SUFFIX}", kind.variable()), why.to_owned())
}
