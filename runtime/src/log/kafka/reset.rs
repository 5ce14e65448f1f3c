//! The command by which an operator says where a group goes on, as it is pasted into a shell.
//! It must not know: why someone must say so.

use std::collections::BTreeMap;

use super::client::Kafka;

/// Partitions by topic; none for a topic means all of it.
pub(crate) type Partitions<'t> = BTreeMap<&'t str, Vec<i32>>;

impl Kafka {
    /// Sets a group to the first record that is kept of these partitions. Brokers refuse it while the group has members.
    pub(crate) fn reset(&self, group: &str, of: &Partitions<'_>) -> String {
        // A list with spaces would be several words.
        let brokers: String = self.brokers().split_whitespace().collect();
        let topic = |(topic, partitions): (&&str, &Vec<i32>)| {
            let partitions: Vec<String> = partitions.iter().map(i32::to_string).collect();
            let some =
                if partitions.is_empty() { String::new() } else { format!(":{}", partitions.join(",")) };
            format!(" --topic {topic}{some}")
        };
        let topics: String = of.iter().map(topic).collect();
        format!(
            "kafka-consumer-groups.sh --bootstrap-server {brokers} --group {group}{topics} --reset-offsets --to-earliest \
             --execute"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KafkaSection;

    #[test]
    fn the_command_names_brokers_group_topics_and_partitions() {
        let section = KafkaSection { brokers: "one:9092, two:9092".into(), ..KafkaSection::default() };
        let of = Partitions::from([("priv_shop", vec![3, 5]), ("shop_events", vec![])]);
        assert_eq!(
            Kafka::new(&section, "shop").reset("shop.publish", &of),
            "kafka-consumer-groups.sh --bootstrap-server one:9092,two:9092 --group shop.publish --topic priv_shop:3,5 \
             --topic shop_events --reset-offsets --to-earliest --execute"
        );
    }
}
