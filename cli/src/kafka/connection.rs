//! Where Kafka is, as the command line says it.

use std::path::{Path, PathBuf};

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};

use super::client::Kafka;
use crate::report::Stop;
use crate::rules;

/// The options of every command that talks to Kafka.
#[derive(clap::Args)]
pub(crate) struct Connection {
    /// Where Kafka is; more addresses after commas
    #[arg(
        long,
        env = "STORM_KAFKA__BROKERS",
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:9092",
        value_parser = addresses,
        help_heading = "Kafka"
    )]
    brokers: String,
    /// A setting of the Kafka client, for example security.protocol=sasl_plaintext
    #[arg(long = "set", value_name = "NAME=VALUE", help_heading = "Kafka")]
    settings: Vec<String>,
    /// A file with client settings, one NAME=VALUE a line: where passwords belong
    #[arg(long, value_name = "FILE", help_heading = "Kafka")]
    kafka_config: Option<PathBuf>,
}

impl Connection {
    /// A cluster that answers.
    ///
    /// # Errors
    /// A setting is none (S0823), or no broker answers (S0821).
    pub(crate) fn open(&self) -> Result<Kafka, Stop> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "stormc")
            .set("allow.auto.create.topics", "false")
            .set("reconnect.backoff.max.ms", "1000")
            .set_log_level(RDKafkaLogLevel::Emerg);
        if let Some(path) = &self.kafka_config {
            for (name, value) in file(path)? {
                config.set(name, value);
            }
        }
        for setting in &self.settings {
            let (name, value) =
                split(setting).ok_or_else(|| bad(format!("`--set {setting}` is no NAME=VALUE")))?;
            config.set(name, value);
        }
        let brokers = config.get("bootstrap.servers").unwrap_or(&self.brokers).to_owned();
        let kafka = Kafka::new(config, brokers);
        kafka.topics()?;
        Ok(kafka)
    }
}

/// Addresses of brokers, each with its port: a client would look for anything else until its patience is over.
fn addresses(text: &str) -> Result<String, String> {
    let whole = |address: &str| {
        let (host, port) = address.trim().rsplit_once(':')?;
        (!host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)).then_some(())
    };
    match text.split(',').find(|address| whole(address).is_none()) {
        None => Ok(text.to_owned()),
        Some(wrong) => {
            Err(format!("`{}` is no address: write HOST:PORT, for example 127.0.0.1:9092", wrong.trim()))
        }
    }
}

fn file(path: &Path) -> Result<Vec<(String, String)>, Stop> {
    let text = std::fs::read_to_string(path).map_err(|error| Stop::unread(path, &error))?;
    let lines = text.lines().enumerate().map(|(n, line)| (n + 1, line.trim()));
    let settings = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let read = settings.map(|(number, line)| {
        // The line itself may hold a password.
        split(line).ok_or_else(|| bad(format!("`{}`, line {number}: this is no NAME=VALUE", path.display())))
    });
    read.collect()
}

fn split(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
}

fn bad(message: String) -> Stop {
    Stop::outside(&rules::BAD_CLIENT_SETTING, message, "`stormc explain S0823` shows an example")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port() {
        for good in ["127.0.0.1:9092", "one:9092,two:9093", "one:9092, [::1]:9092", "SSL://one:9093"] {
            assert_eq!(addresses(good).as_deref(), Ok(good));
        }
        for bad in ["", "one", ":9092", "one:", "one:99999", "one:0", "one:9092,", "one:9092,two"] {
            assert!(addresses(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_file_of_settings_has_comments_and_values_with_equal_signs() {
        let file_of = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file_of.path(), "# who we are\n\nsasl.username = ops\nsasl.password=a=b\n").unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            file(file_of.path()).unwrap(),
            [pair("sasl.username", "ops"), pair("sasl.password", "a=b")]
        );
        std::fs::write(file_of.path(), "x=1\nhunter2\n").unwrap();
        let Err(Stop::Outside { message, .. }) = file(file_of.path()) else { panic!("it is no setting") };
        assert!(message.contains("line 2") && !message.contains("hunter2"), "{message}");
    }
}
