//! Every key of the configuration with its doc line and its range, in one table: `--print-config` and the checks read it.
//! It must not know: how the file is read.

use super::Config;
use crate::fault::Fault;

/// `<key>`, what it means. `*` stands for a name.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("service.instance", "this replica's name, stable across restarts and unique among replicas"),
    ("service.threads", "worker threads for handlers and the database, 1 to 256"),
    ("service.drain", "how long a shutdown may take before in-flight work is abandoned, at most 10m"),
    ("kafka.brokers", "bootstrap servers, `host:port` separated by commas"),
    ("kafka.start_timeout", "how long to wait for Kafka at start before giving up, at most 1h"),
    ("kafka.replicas", "replicas of topics that are created, in place of the model's"),
    (
        "kafka.renewed",
        "topics that were made anew and may be used, as K-122 names them: `topic=<its new id>`; not needed any more once it \
         was taken",
    ),
    (
        "kafka.settings",
        "further client settings by librdkafka's names: SASL PLAIN is known, TLS is not; shown masked",
    ),
    (
        "database.url",
        "where handlers work: mysql://user:password@host:port/database; `@/path` reads it from a file; `none`: handlers do \
         without, and a command may act more than once",
    ),
    ("database.connections", "connections that handlers share, 1 to 1000"),
    (
        "database.inbox_keep",
        "rows of `storm_inbox` are removed at this age, in place of twice the time that the context's topics keep a record \
         (at least 60d); no less than that time; `forever`: never",
    ),
    ("database.outbox_keep", "rows of `storm_outbox` are removed at this age, 1m or more; `forever`: never"),
    ("database.prune_every", "how often rows that are old enough are looked for, 1s to 7d"),
    (
        "source.*.url",
        "the database to capture from: mysql://user:password@host:port/database; `@/path` reads a file",
    ),
    ("source.*.instance", "the first part of event ids; the source's name if empty. Never change it"),
    ("source.*.incarnation", "raise it by one when the server starts again at GTIDs it has used before"),
    (
        "source.*.server_id",
        "the id of this replica towards the server; 0 derives one from the context's name",
    ),
    (
        "source.*.heartbeat",
        "how often the server says that it is alive, 1s to 1h; three missed are a lost connection",
    ),
    ("capture.commit_bytes", "a Kafka transaction is committed at this size, 1KiB to 64MiB"),
    (
        "capture.commit_every",
        "or at this age, whichever comes first; at most 5s; up to eight times as old while it is seconds behind",
    ),
    ("capture.commit_lull", "or when nothing has come for so long, while it is not behind; at most 5s"),
    ("capture.max_row_bytes", "a row over this size halts capture, 1KiB to 64MiB"),
    ("capture.idle_every", "how often the position is stored while nothing happens, 1s to 1h"),
    ("capture.retry_to", "the longest pause between attempts to reach a source again, at most 10m"),
    ("publish.commit_bytes", "a Kafka transaction is committed at this size, 1KiB to 64MiB"),
    (
        "publish.commit_every",
        "or at this age, whichever comes first; at most 5s; up to eight times as old while it is seconds behind",
    ),
    ("publish.commit_lull", "or when nothing has come for so long, while it is not behind; at most 5s"),
    ("dispatch.lanes", "how many keys are worked on at once, 1 to 1024"),
    ("dispatch.in_flight", "records of a partition that may wait or be in work, 1 to 100000"),
    ("dispatch.in_flight_bytes", "and so many bytes of it, 64KiB to 1GiB"),
    ("dispatch.start", "where a group begins that has never committed: `now` or `beginning`"),
    ("dispatch.commit_every", "how often offsets are committed, at most 1m"),
    (
        "dispatch.done_ahead_bytes",
        "so many bytes beside a committed offset say what is done behind it, so that it is not read again; 0 to 32000, 0: \
         none; no more than the brokers' `offset.metadata.max.bytes`",
    ),
    (
        "dispatch.outage_pause",
        "the longest pause between attempts while a database or an external system is down",
    ),
    (
        "dispatch.max_hops",
        "commands that may follow from one another before a policy is taken to be in a loop, 1 to 10000",
    ),
    ("dispatch.slow_after", "a handler that runs longer is named in a warning, 100ms to 1h"),
    ("dispatch.dead.run", "so many dead letters of a policy or command in a row stop its line; 0: never"),
    ("dispatch.dead.share", "this share of the last ones stops it too, above 0; 1: only when all were dead"),
    ("dispatch.dead.window", "how many the share is taken of, 1 to 100000; 0: no such limit"),
    ("dispatch.dead.pause", "a stopped line tries one record each such pause, 10ms to 1h"),
    ("dispatch.park.retry", "a parked key is tried again each such pause, 10ms to 1h"),
    (
        "dispatch.park.keys",
        "at so many parked keys nothing more is read until one of them is done, 1 to 10000",
    ),
    (
        "dispatch.park.records",
        "a partition in which so many records are parked or wait behind is not read on, 1 to 100000",
    ),
    ("dispatch.park.bytes", "and so many bytes of it, 64KiB to 1GiB"),
    (
        "dispatch.park.ahead",
        "records of a partition that may be done ahead of its first parked one, 1 to 10000000",
    ),
    (
        "policy.*.then",
        "when attempts are used up, in place of the model's word: `park` (the key waits) or `skip` (a dead letter)",
    ),
    ("policy.*.pause", "true: its events wait in a group of its own, and other policies go on"),
    ("policy.*.skip_keys", "events with these keys are counted and passed over"),
    ("policy.*.skip_tenants", "events of these tenants are counted and passed over"),
    ("policy.*.skip_before", "events from before are counted and passed over: 2026-11-22T06:32:05Z"),
    ("policy.*.retry.times", "tries after the first one, in place of the model's, 0 to 100"),
    ("policy.*.retry.from", "the first pause between tries, in place of the model's, 1ms to 24h"),
    ("policy.*.retry.to", "the longest pause between tries, in place of the model's, 1ms to 24h"),
    ("command.*.retry.times", "tries after the first one, for a command from the command topic, 0 to 100"),
    ("command.*.retry.from", "the first pause between tries, 1ms to 24h"),
    ("command.*.retry.to", "the longest pause between tries, 1ms to 24h"),
    ("schedule.*.missed", "what becomes of missed due times: `once` (the latest is run), `all` or `skip`"),
    ("schedule.*.at_most", "with `all`, the latest so many are run, 1 to 10000"),
    ("schedule.*.grace", "how late a due time is run as if it were on time, at most 1h"),
    ("command.*.timeout", "one attempt of its handler may take so long; then it is tried again. 10ms to 1h"),
    ("webhook.*.secret", "what its calls are signed with; `@/path` reads it from a file"),
    ("webhook.*.previous", "the secret before, still good while it is rotated; `@/path` reads a file"),
    ("http.listen", "where commands, /metrics, /livez and /readyz are served; port 0 takes a free one"),
    ("http.open", "true lets anyone who reaches the door issue commands, also beyond loopback"),
    (
        "http.in_flight",
        "commands that may be on their way at once before others are told to wait, 1 to 65536",
    ),
    ("http.max_body", "a larger command is refused, 1KiB to 16MiB"),
    ("http.timeout", "how long a body may take to arrive, and Kafka to acknowledge it, 100ms to 1m"),
    ("http.tenant", "the header that names the tenant, where the source has tenants"),
    ("http.token", "who issues commands sends it: `Authorization: Bearer …`; `@/path` reads it from a file"),
    (
        "http.tokens.*",
        "further tokens by name, to rotate them and to tell callers apart; `@/path` reads a file",
    ),
    ("http.tls.cert", "the door's certificate chain, a PEM file; empty for a door without TLS"),
    ("http.tls.key", "its private key, a PEM file"),
    ("http.tls.client_ca", "who issues commands has a certificate that one of these has signed, a PEM file"),
    ("external.*.url", "where the external system is, in place of the model's"),
    ("external.*.timeout", "how long a call of it may take, in place of the model's (10s), at most 10m"),
    ("external.*.at_most", "so many calls of it in any `per`, of each replica, in place of the model's"),
    ("external.*.per", "the time that `at_most` counts in, 1s if nothing is said, at most 1h"),
    (
        "external.*.wait",
        "how long a call may wait for its turn before its command is tried later, at most 10m",
    ),
    ("external.*.breaker_failures", "so many outages one after the other open its breaker, 1 to 1000"),
    ("external.*.breaker_pause", "how long the breaker stays open before one call tries, 100ms to 1h"),
    (
        "external.*.outage",
        "what an outage is for a command: `wait` (it burns no attempt), `try_again` (it does) or `give_up`",
    ),
    ("log.format", "`text` or `json`"),
    ("log.level", "`error`, `warn`, `info`, `debug`, or a filter such as `info,storm=debug`"),
    ("metrics.every", "how often lag and the Kafka clients' figures are taken, 100ms to 1m"),
    ("otlp.endpoint", "the collector that traces go to, `http://host:4318`; empty: none are made"),
    ("otlp.sample", "the share of traces that are made, 0 to 1; every service decides alike"),
    ("otlp.headers", "headers of each request to the collector, such as `authorization`; shown masked"),
    ("handlers", "free for the handlers' own settings: `[handlers.<name>]`"),
];

/// Checks the ranges that types cannot.
///
/// # Errors
/// The first key out of its range (F-105).
pub(super) fn check(config: &Config) -> Result<(), Fault> {
    let minute = crate::minutes(1);
    let sizes = 1 << 10..=64 << 20;
    let heartbeats = crate::seconds(1)..=60 * minute;
    let (dead, park) = (&config.dispatch.dead, &config.dispatch.park);
    let externals = config.external.values();
    let policies = config.policy.values().map(|policy| &policy.retry);
    let commands = config.command.values().map(|command| &command.retry);
    let pauses = crate::millis(1)..=crate::hours(24);
    let pause = |span: Option<super::Span>| span.is_none_or(|span| pauses.contains(&span.0));
    let few = |times: Option<u32>| times.is_none_or(|times| times <= 100);
    let in_time = |time: std::time::Duration, most| !time.is_zero() && time <= most;
    let checks = [
        ("source.*.heartbeat", config.source.values().all(|source| heartbeats.contains(&source.heartbeat.0))),
        ("service.threads", (1..=256).contains(&config.service.threads)),
        ("service.instance", !config.service.instance.is_empty()),
        ("service.drain", config.service.drain.0 <= 10 * minute),
        ("kafka.brokers", config.kafka.brokers.split(',').all(is_address)),
        ("kafka.start_timeout", config.kafka.start_timeout.0 <= 60 * minute),
        ("kafka.replicas", config.kafka.replicas.is_none_or(|n| n >= 1)),
        ("kafka.renewed", config.kafka.renewed.iter().all(|word| renewal(word).is_some())),
        ("capture.commit_bytes", sizes.contains(&config.capture.commit_bytes.0)),
        ("capture.commit_every", config.capture.commit_every.0 <= crate::seconds(5)),
        ("capture.commit_lull", config.capture.commit_lull.0 <= crate::seconds(5)),
        ("capture.max_row_bytes", sizes.contains(&config.capture.max_row_bytes.0)),
        ("capture.idle_every", (crate::seconds(1)..=60 * minute).contains(&config.capture.idle_every.0)),
        ("capture.retry_to", config.capture.retry_to.0 <= 10 * minute),
        ("publish.commit_bytes", sizes.contains(&config.publish.commit_bytes.0)),
        ("publish.commit_every", config.publish.commit_every.0 <= crate::seconds(5)),
        ("publish.commit_lull", config.publish.commit_lull.0 <= crate::seconds(5)),
        ("dispatch.lanes", (1..=1_024).contains(&config.dispatch.lanes)),
        ("dispatch.in_flight", (1..=100_000).contains(&config.dispatch.in_flight)),
        ("dispatch.in_flight_bytes", (64 << 10..=1 << 30).contains(&config.dispatch.in_flight_bytes.0)),
        ("dispatch.commit_every", config.dispatch.commit_every.0 <= minute),
        ("dispatch.done_ahead_bytes", config.dispatch.done_ahead_bytes <= 32_000),
        ("dispatch.max_hops", (1..=10_000).contains(&config.dispatch.max_hops)),
        ("dispatch.outage_pause", config.dispatch.outage_pause.0 <= 10 * minute),
        ("schedule.*.at_most", config.schedule.values().all(|s| (1..=10_000).contains(&s.at_most))),
        ("schedule.*.grace", config.schedule.values().all(|s| s.grace.0 <= 60 * minute)),
        ("metrics.every", (crate::millis(100)..=minute).contains(&config.metrics.every.0)),
        ("database.connections", (1..=1_000).contains(&config.database.connections)),
        ("database.inbox_keep", config.database.inbox_keep.is_none_or(long_enough)),
        ("database.outbox_keep", long_enough(config.database.outbox_keep)),
        (
            "database.prune_every",
            (crate::seconds(1)..=7 * crate::hours(24)).contains(&config.database.prune_every.0),
        ),
        ("dispatch.slow_after", (crate::millis(100)..=60 * minute).contains(&config.dispatch.slow_after.0)),
        ("dispatch.dead.share", dead.share > 0.0 && dead.share <= 1.0),
        ("dispatch.dead.window", dead.window <= 100_000),
        ("dispatch.dead.pause", (crate::millis(10)..=60 * minute).contains(&dead.pause.0)),
        ("dispatch.park.retry", (crate::millis(10)..=60 * minute).contains(&park.retry.0)),
        ("dispatch.park.keys", (1..=10_000).contains(&park.keys)),
        ("dispatch.park.records", (1..=100_000).contains(&park.records)),
        ("dispatch.park.bytes", (64 << 10..=1 << 30).contains(&park.bytes.0)),
        ("dispatch.park.ahead", (1..=10_000_000).contains(&park.ahead)),
        ("policy.*.retry.times", policies.clone().all(|retry| few(retry.times))),
        ("policy.*.retry.from", policies.clone().all(|retry| pause(retry.from))),
        ("policy.*.retry.to", policies.clone().all(|retry| pause(retry.to))),
        ("command.*.retry.times", commands.clone().all(|retry| few(retry.times))),
        ("command.*.retry.from", commands.clone().all(|retry| pause(retry.from))),
        ("command.*.retry.to", commands.clone().all(|retry| pause(retry.to))),
        (
            "command.*.timeout",
            config.command.values().all(|c| (crate::millis(10)..=60 * minute).contains(&c.timeout.0)),
        ),
        (
            "otlp.endpoint",
            config.otlp.endpoint.is_empty() || crate::telemetry::place(&config.otlp.endpoint).is_some(),
        ),
        ("otlp.sample", (0.0..=1.0).contains(&config.otlp.sample)),
        (
            "external.*.timeout",
            externals.clone().all(|e| e.timeout.is_none_or(|t| in_time(t.0, 10 * minute))),
        ),
        ("external.*.at_most", externals.clone().all(|e| e.at_most.is_none_or(|n| n >= 1))),
        ("external.*.per", externals.clone().all(|e| e.per.is_none_or(|t| in_time(t.0, 60 * minute)))),
        ("external.*.wait", externals.clone().all(|e| e.wait.0 <= 10 * minute)),
        ("external.*.breaker_failures", externals.clone().all(|e| (1..=1_000).contains(&e.breaker_failures))),
        (
            "external.*.breaker_pause",
            externals.clone().all(|e| (crate::millis(100)..=60 * minute).contains(&e.breaker_pause.0)),
        ),
        ("http.listen", config.http.listen.parse::<std::net::SocketAddr>().is_ok()),
        ("http.in_flight", (1..=65_536).contains(&config.http.in_flight)),
        ("http.max_body", (1 << 10..=16 << 20).contains(&config.http.max_body.0)),
        ("http.timeout", (crate::millis(100)..=minute).contains(&config.http.timeout.0)),
        ("http.tenant", is_header(&config.http.tenant)),
    ];
    match checks.iter().find(|(_, holds)| !holds) {
        None => Ok(()),
        Some((key, _)) => {
            let doc = KEYS.iter().find(|(known, _)| known == key).map_or("", |(_, doc)| doc);
            let value = shown(config, key).map(|value| format!(" = `{value}`")).unwrap_or_default();
            let message = format!("`{key}`{value} is out of its range");
            Err(Fault::configuration("F-105", message, format!("it is: {doc}")))
        }
    }
}

/// True for what is no slip: 0 is neither at once nor never.
fn long_enough(keep: super::Keep) -> bool {
    match keep {
        super::Keep::For(span) => span.0 >= crate::minutes(1),
        super::Keep::Forever => true,
    }
}

/// What is in force for a key, if it is one: `*` stands for many.
fn shown(config: &Config, key: &str) -> Option<String> {
    let whole = toml::Value::try_from(config).ok()?;
    let value = key.split('.').try_fold(&whole, |value, part| value.get(part))?;
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// `topic=id`, in its parts.
pub(super) fn renewal(word: &str) -> Option<(&str, &str)> {
    let (topic, id) = word.split_once('=')?;
    Some((topic.trim(), id.trim())).filter(|(topic, id)| !topic.is_empty() && !id.is_empty())
}

/// True for `host:port`: a client looks for anything else until its patience is over.
fn is_address(text: &str) -> bool {
    let parts = text.trim().rsplit_once(':');
    parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// True for what may be a header's name.
fn is_header(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
