//! A service under test with its HTTP door open.
//! It must not know: what the test asks for.

use std::net::SocketAddr;
use std::sync::Arc;

use super::running::AskedAtLast;
use super::{Rig, Running, Script};
use crate::assembly::{Loop, Loops, Only};
use crate::config::{Config, HttpSection};
use crate::door::{self, Intake};
use crate::embedded::twin;
use crate::fault::Fault;
use crate::flow::{Ground, capture};
use crate::log::kafka::Producer;
use crate::service::Service;

impl Rig {
    /// Runs a service with its door on a free port of 127.0.0.1, unless `http` says otherwise: it is the text of the
    /// configuration's section `[http]`.
    ///
    /// # Errors
    /// It does not start.
    ///
    /// # Panics
    /// When the text is no such section.
    pub async fn open(&self, service: Service, http: &str) -> Result<(Running, SocketAddr), Fault> {
        let free = "listen = '127.0.0.1:0'\n";
        let text = if http.contains("listen = ") { http.to_owned() } else { free.to_owned() + http };
        let http: HttpSection = toml::from_str(&text).expect("a section `[http]`");
        self.opened(service, Config { http, ..Config::default() }).await
    }

    /// Runs a service with its door on a free port of 127.0.0.1, with this configuration.
    ///
    /// # Errors
    /// It does not start.
    ///
    /// # Panics
    /// When the text is no configuration.
    pub async fn open_with(&self, service: Service, toml: &str) -> Result<(Running, SocketAddr), Fault> {
        let mut config: Config = toml::from_str(toml).expect("a configuration");
        config.http.listen = "127.0.0.1:0".into();
        self.opened(service, config).await
    }

    /// Opens the door of a service on a free port of 127.0.0.1, as a process does before its service has started.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn ajar(&self, service: Service) -> Result<(Running, SocketAddr), Fault> {
        let http = HttpSection { listen: "127.0.0.1:0".into(), ..HttpSection::default() };
        let (ground, meters) = self.ground(&service, Config::default());
        let door =
            door::open(&http, std::slice::from_ref(&service), meters.clone(), ground.stop.clone()).await?;
        let (address, stop, begun) = (door.address, ground.stop, ground.begun);
        let _asked = AskedAtLast(stop.clone());
        Ok((Running { loops: Loops::new(), stop, begun, meters, door: Some(door), _asked }, address))
    }

    async fn opened(&self, service: Service, config: Config) -> Result<(Running, SocketAddr), Fault> {
        let section = config.http.clone();
        let (ground, meters) = self.ground(&service, config);
        let stop = ground.stop.clone();
        let door = door::open(&section, std::slice::from_ref(&service), meters.clone(), stop).await?;
        let intake = Intake::of(&service, &ground)?;
        let transactions =
            Arc::new(twin::transactions(&ground, &service, Arc::new(Producer::new(&ground.kafka)?)));
        let mut capture = |ground: Ground, plan: capture::Plan| -> Result<Loop, Fault> {
            Ok(Box::new(move || capture::run(&ground, &plan, || Script::default().source())))
        };
        let mut running = self.wire(service, (ground, meters), Only::All, transactions, &mut capture).await?;
        door.install(intake);
        let address = door.address;
        running.door = Some(door);
        Ok((running, address))
    }
}
