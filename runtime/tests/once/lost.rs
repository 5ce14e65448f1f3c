//! The end of a transaction that Kafka itself has lost (KAFKA-20734) keeps a group's offsets back for good: the way out that
//! the operator's guide has under K-127, gone word for word with Kafka's own tools on a node that did lose one. It takes a
//! node or two that die, so it is played by hand alone: `cargo x test -p storm-runtime --test once -- --ignored lost::`.

use std::time::Duration;

use storm_runtime::testing::Script;
use storm_servers::{Kafka, Kind, Options, Server, private};

use crate::bed::{self, ROWS, context, each_once, until};

/// So many nodes may have written their markers after all.
const NODES: usize = 5;

/// As Kafka comes, and quick to end transactions.
fn node() -> Option<Server> {
    let lines =
        ["transaction.abort.timed.out.transaction.cleanup.interval.ms=200", "log.initial.task.delay.ms=500"];
    let allow =
        |options: Options, line: &str| options.argument("group.min.session.timeout.ms=500").argument(line);
    private(Kind::Kafka, lines.into_iter().fold(Options::new(), allow))
}

/// True once the node has closed a transaction without its marker.
async fn has_lost_its_end(kafka: &Server) -> bool {
    for _ in 0..40 {
        if !bed::wrote_its_markers(kafka) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    false
}

fn transactions(kafka: &Server, arguments: &[&str]) -> String {
    let printed = Kafka::tool(kafka, "TransactionsCommand", arguments).unwrap();
    println!("kafka-transactions.sh {}\n{printed}", arguments.join(" "));
    printed
}

/// The column of a table that a tool has printed, in its only row.
fn column(table: &str, name: &str) -> String {
    let mut lines = table.lines().filter(|line| !line.trim().is_empty());
    let (head, row) = (lines.next().unwrap(), lines.next().expect("a row"));
    assert_eq!(lines.next(), None, "one row");
    let at = head.split('\t').position(|title| title.trim() == name).expect("the column");
    row.split('\t').nth(at).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "nodes die for it until one has lost a marker: run it by name with `--ignored`"]
async fn offsets_whose_transaction_lost_its_end_are_freed_as_the_guide_says() {
    let (name, script) = ("lost", Script::default());
    for _ in 0..NODES {
        let Some(mut kafka) = node() else { return };
        let rig = bed::rig(&kafka).await;
        let capture = rig.capture(context(name), &script, "0").await.unwrap();
        bed::insert(&script, 0);
        each_once(&rig, "priv_lost", ROWS).await;
        capture.stop().await.unwrap();
        let hung = rig.hang_offsets_for(Duration::from_secs(1), "lost.publish", "priv_lost").await;
        kafka.kill9().unwrap();
        // Longer than its transaction: it starts with ending that, and meets its own old session.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        kafka.restart().unwrap();
        if !has_lost_its_end(&kafka).await {
            println!("this node wrote its marker");
            continue;
        }
        let publish = rig.publish(context(name), "0").await.unwrap();
        let named = || {
            let text = publish.metrics();
            text.lines().any(|line| line.contains("code=\"K-127\"") && !line.ends_with(" 0"))
        };
        until("it is said what is waited for", named).await;

        // As the guide says, but for the minute that it lets go by.
        let find = ["find-hanging", "--broker-id", "1", "--topic", "__consumer_offsets"];
        assert_eq!(transactions(&kafka, &find).trim().lines().count(), 1, "without a time it is not found");
        let found = transactions(&kafka, &[&find[..], &["--max-transaction-timeout", "0"]].concat());
        let [partition, start, producer] =
            ["Partition", "StartOffset", "ProducerId"].map(|name| column(&found, name));
        let listed = transactions(&kafka, &["list"]);
        let ours =
            listed.lines().find(|line| line.split('\t').nth(2).is_some_and(|id| id.trim() == producer));
        assert!(ours.is_some_and(|line| line.contains("CompleteAbort")), "how it ended is known");
        let offset = ["--partition", partition.as_str(), "--start-offset", start.as_str()];
        transactions(&kafka, &[&["abort", "--topic", "__consumer_offsets"][..], &offset].concat());

        each_once(&rig, "lost_events", ROWS).await;
        publish.stop().await.unwrap();
        drop(hung);
        return;
    }
    panic!("{NODES} nodes have written their markers: is KAFKA-20734 mended?");
}
