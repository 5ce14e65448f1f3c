//! What a deployment runs on: a database for handlers, a binlog for capture.
//! It must not know: the loops.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::assembly::{Loop, Only};
use crate::command::work::Transactions;
use crate::command::work::memory::MemoryWork;
use crate::command::work::mysql::DatabaseWork;
use crate::config::Config;
use crate::failure::Failure;
use crate::fault::Fault;
use crate::flow::{Ground, capture};
use crate::service::Service;
use crate::source::mysql::{MysqlConfig, MysqlSource, Secret};

/// Where this service's handlers work: `database.url`, else the first source's database. A process that does no commands
/// needs none, and `none` says that handlers do without.
pub(crate) fn transactions(service: &Service, config: &Config, only: Only) -> Result<Transactions, Fault> {
    if service.commands.is_none() || !matches!(only, Only::All | Only::Dispatch) {
        let nowhere = || Box::pin(async { Err(Failure::for_good("this process does no commands")) });
        return Ok(Transactions::Memory(MemoryWork::new(Box::new(move |_| nowhere()))));
    }
    let sources = service.captures.iter().map(|capture| capture.source);
    let of_source = |source: &crate::spec::SourceSpec| {
        config.source.get(source.name).map(|section| section.url.0.clone())
    };
    let url = match config.database.url.0.as_str() {
        "" => sources.clone().find_map(of_source).unwrap_or_default(),
        url => url.to_owned(),
    };
    if url == "none" {
        return Ok(Transactions::Bare);
    }
    if url.is_empty() {
        let message = "`database.url` is missing: handlers have nowhere to work";
        return Err(Fault::configuration(
            "F-111",
            message,
            "set it, or `source.<name>.url`: mysql://user:password@host:port/database",
        ));
    }
    let wrong = |_| {
        Fault::configuration(
            "F-112",
            "`database.url` is no database URL",
            "write mysql://user:password@host:port/database",
        )
    };
    let options = mysql_async::Opts::from_url(&url).map_err(wrong)?;
    let builder = mysql_async::OptsBuilder::from_opts(options).prefer_socket(false);
    let prefix = sources.filter(|source| source.tenant).find_map(|source| source.databases.strip_suffix('*'));
    let prefix = prefix.map(str::to_owned);
    Ok(Transactions::Database(DatabaseWork::new(builder, config.database.connections, prefix)))
}

/// Checks where the sources are, if this process captures.
pub(crate) fn sources(service: &Service, config: &Config, only: Only) -> Result<(), Fault> {
    let captures = matches!(only, Only::All | Only::Capture);
    let mut sources = service.captures.iter().filter(|_| captures).map(|capture| capture.source.name);
    sources.try_for_each(|name| address(config, name).map(drop))
}

/// Where a source is.
fn address(config: &Config, name: &str) -> Result<MysqlConfig, Fault> {
    let url = config.source.get(name).map(|section| section.url.0.as_str()).unwrap_or_default();
    if url.is_empty() {
        let message = format!("`source.{name}.url` is missing: there is nothing to capture from");
        return Err(Fault::configuration(
            "F-113",
            message,
            "set it: mysql://user:password@host:port/database",
        ));
    }
    MysqlConfig::from_url(url).ok_or_else(|| {
        let message = format!("`source.{name}.url` is no database URL");
        Fault::configuration("F-112", message, "write mysql://user:password@host:port/database")
    })
}

/// The capture loop of a MySQL or MariaDB source.
pub(crate) fn capture(ground: Ground, plan: capture::Plan) -> Result<Loop, Fault> {
    let name = plan.source.name;
    let section = ground.config.source.get(name).cloned().unwrap_or_default();
    let config = address(&ground.config, name)?;
    let config = MysqlConfig {
        server_id: if section.server_id == 0 { server_id(&ground, name) } else { section.server_id },
        incarnation: section.incarnation,
        heartbeat_seconds: u32::try_from(section.heartbeat.0.as_secs()).unwrap_or(u32::MAX),
        instance: if section.instance.is_empty() { name.to_owned() } else { section.instance },
        password: Secret::new(config.password.reveal()),
        ..config
    };
    let source = plan.source;
    Ok(Box::new(move || capture::run(&ground, &plan, || MysqlSource::new(config.clone(), source))))
}

/// A replica's id made of the context's, the source's and the instance's name.
fn server_id(ground: &Ground, source: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    (ground.spec.system, ground.spec.slug, source, &ground.config.service.instance).hash(&mut hasher);
    1_000_000 + (hasher.finish() % 1_000_000_000) as u32
}
