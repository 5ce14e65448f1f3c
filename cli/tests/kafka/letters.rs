//! `stormc dlq`

use std::collections::BTreeMap;
use std::process::Stdio;

use rdkafka::message::{Headers as _, Message as _, OwnedMessage};
use rdkafka::producer::{BaseProducer, Producer as _};
use serde_json::json;

use crate::bed::{Bed, Headers, PATIENCE, body, enqueue, fresh, head, on_each};

const PLACED: &str = "shop.ordering.v1.OrderPlaced";

/// A context's topics, and letters on its dead one: what dispatch and publish write when they give up.
struct Context {
    name: String,
    dead: String,
    commands: String,
    raw: String,
}

impl Context {
    fn new(bed: &Bed) -> Self {
        let name = fresh("ops").to_lowercase();
        let topics = ["dead", "commands"].map(|stream| format!("{name}_{stream}"));
        let [dead, commands] = topics;
        let raw = format!("priv_{name}");
        bed.topic(&dead, 1);
        bed.topic(&commands, 3);
        bed.topic(&raw, 3);
        Self { name, dead, commands, raw }
    }

    fn letter(&self, writer: &BaseProducer, id: &str, key: &str, extra: Headers<'_>) {
        let own = head(PLACED, id, "/shop/berlin");
        let key = format!("berlin\u{1f}{key}");
        let data = json!({ "order_id": "o", "email": "ada@example.org" });
        let origin = [("dead-topic", "ordering_events"), ("dead-partition", "3"), ("dead-offset", "7")];
        enqueue(
            writer,
            &self.dead,
            &key,
            &[own.as_slice(), &origin, extra].concat(),
            Some(&body(PLACED, &data)),
        );
    }

    /// An event, a command, a raw row, one that nobody can say whom it was for, and one of someone else's.
    fn one_of_each(&self, bed: &Bed) {
        let writer = bed.writer();
        let (commands, raw) = (self.commands.as_str(), self.raw.as_str());
        let bank = ("dead-cause", "H-101: the bank does not answer");
        let charge = [bank, ("dead-at", "Charge"), ("dead-attempts", "6"), ("dead-return", commands)];
        self.letter(&writer, "event", "o-1", &[&charge[..], &[("dead-policy", "Charge")]].concat());
        let closed = ("dead-cause", "H-102: the card is closed");
        self.letter(
            &writer,
            "command",
            "o-2",
            &[closed, ("dead-at", "Pay"), ("dead-attempts", "1"), ("dead-return", commands)],
        );
        let garbled = ("dead-cause", "V-105: the bytes are not the message");
        self.letter(
            &writer,
            "row",
            "o-3",
            &[garbled, ("dead-at", "publish"), ("dead-attempts", "1"), ("dead-return", raw)],
        );
        let headless = ("dead-cause", "D-001: the header `ce_id` is missing or no text");
        self.letter(&writer, "stuck", "o-4", &[headless, ("dead-at", "dispatch"), ("dead-attempts", "1")]);
        enqueue(&writer, &self.dead, "x", &[], Some(b"someone else's"));
        writer.flush(PATIENCE).unwrap();
    }
}

fn header(message: &OwnedMessage, name: &str) -> Option<String> {
    let headers = message.headers()?;
    let found = headers.iter().find(|header| header.key == name)?;
    Some(String::from_utf8(found.value?.to_vec()).unwrap())
}

/// How often each id is on a topic.
fn ids(messages: &[OwnedMessage]) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for message in messages {
        *count.entry(header(message, "ce_id").unwrap()).or_default() += 1;
    }
    count
}

#[test]
fn letters_are_listed_without_their_keys_and_chosen_by_what_they_say() {
    on_each(|bed| {
        let context = Context::new(bed);
        context.one_of_each(bed);
        let found = |arguments: &[&str]| -> Vec<String> {
            let context = ["dlq", "list", "--format", "json", "--context", context.name.as_str()];
            let letters = bed.ends(&[&context, arguments].concat(), 0).json();
            letters["letters"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(found(&[]), ["event", "command", "row", "stuck"]);
        assert_eq!(found(&["--at", "publish"]), ["row"]);
        assert_eq!(found(&["--code", "H-102"]), ["command"]);
        assert_eq!(found(&["--key", "o-1"]), ["event"]);
        assert_eq!(found(&["--limit", "1"]), ["stuck"]);
        assert_eq!(found(&["--since", "1h"]).len(), 4);
        assert!(found(&["--until", "1h"]).is_empty() && found(&["--tenant", "paris"]).is_empty());
        assert!(found(&["--type", "OrderPaid"]).is_empty());

        let table = bed.ends(&["dlq", "list", &context.dead], 0);
        let line = table.out.lines().nth(1).unwrap();
        for word in
            [&format!("{}/0:0", context.dead), "Charge", "H-101", " 6 ", "ordering_events/3:7", "berlin"]
        {
            assert!(line.contains(word), "`{word}` is not in: {line}");
        }
        assert!(!table.out.contains("o-1"), "a key is a row value: {}", table.out);
        assert!(bed.ends(&["dlq", "list", "--keys", "--context", &context.name], 0).out.contains("o-1"));
        assert!(table.err.contains("4 dead letters") && table.err.contains("1 records"), "{}", table.err);
    });
}

#[test]
fn a_letter_is_shown_with_its_cause_its_way_and_its_body() {
    on_each(|bed| {
        let context = Context::new(bed);
        context.one_of_each(bed);
        let place = format!("{}/0:0", context.dead);
        let shown = bed.ends(&["dlq", "show", &place, "--format", "json"], 0).json();
        assert_eq!(
            (&shown["code"], &shown["at"], &shown["attempts"]),
            (&json!("H-101"), &json!("Charge"), &json!(6))
        );
        assert_eq!(shown["goes_back_to"], json!({ "topic": context.commands, "policy": "Charge" }));
        assert_eq!(shown["data"]["email"], "***");
        assert_eq!(shown["lineage"]["correlation"], "began");
        let text = bed.ends(&["dlq", "show", "event", "--reveal", "--context", &context.name], 0).out;
        for words in [
            "H-101: the bank does not answer",
            "after 6 attempts",
            "partition 3, offset 7",
            "ada@example.org",
        ] {
            assert!(text.contains(words), "`{words}` is not in:\n{text}");
        }
        let absent = bed.ends(&["dlq", "show", "0:99", "--context", &context.name], 2);
        assert!(absent.err.contains("S0825"), "{}", absent.err);
    });
}

#[test]
fn each_letter_goes_back_to_where_it_came_from_once() {
    on_each(|bed| {
        let context = Context::new(bed);
        context.one_of_each(bed);
        let redrive = ["dlq", "redrive", "--context", context.name.as_str()];
        let dry = bed.ends(&[&redrive[..], &["--dry-run"]].concat(), 0);
        assert!(
            dry.err.contains("to the policy `Charge` alone") && dry.err.contains("3 dead letters would be"),
            "{}",
            dry.err
        );
        let asked = bed.ends(&redrive, 1);
        assert!(asked.err.contains("S0826"), "{}", asked.err);
        assert!(
            bed.read(&context.commands).is_empty() && bed.read(&context.raw).is_empty(),
            "nothing was sent"
        );

        let done = bed.ends(&[&redrive[..], &["--yes", "--format", "json"]].concat(), 0).json();
        assert_eq!(
            (&done["redriven"], &done["left"], &done["go_nowhere"]),
            (&json!(3), &json!(0), &json!(1))
        );
        let commands = bed.read(&context.commands);
        assert_eq!(ids(&commands), BTreeMap::from([("command".into(), 1), ("event".into(), 1)]));
        let event = commands.iter().find(|one| header(one, "ce_id").as_deref() == Some("event")).unwrap();
        assert_eq!(header(event, "redrive-policy").as_deref(), Some("Charge"));
        assert_eq!(header(event, "redrive-of"), Some(format!("{}/0:0", context.dead)));
        assert_eq!(header(event, "dead-cause"), None, "what the death added is gone");
        assert_eq!(event.key(), Some(b"berlin\x1fo-1".as_slice()));
        let command = commands.iter().find(|one| header(one, "ce_id").as_deref() == Some("command")).unwrap();
        assert_eq!(header(command, "redrive-policy"), None);
        assert_eq!(ids(&bed.read(&context.raw)), BTreeMap::from([("row".into(), 1)]));

        let again = bed.ends(&[&redrive[..], &["--yes", "--format", "json"]].concat(), 0).json();
        assert_eq!(again["redriven"], 0);
        let list = ["dlq", "list", "--format", "json", "--context", context.name.as_str()];
        let left = bed.ends(&list, 0).json();
        assert_eq!(left["letters"].as_array().unwrap().len(), 1, "the one that goes nowhere stays: {left}");
        let all = bed.ends(&[&list[..], &["--all"]].concat(), 0).json();
        assert_eq!(
            all["letters"].as_array().unwrap().iter().filter(|one| one["redriven"] == true).count(),
            3
        );
    });
}

#[test]
fn a_redrive_that_is_killed_in_the_middle_and_run_again_sends_each_letter_once() {
    on_each(|bed| {
        let context = Context::new(bed);
        let (writer, letters) = (bed.writer(), 600);
        let extra =
            [("dead-cause", "H-101: x"), ("dead-at", "Pay"), ("dead-return", context.commands.as_str())];
        for number in 0..letters {
            context.letter(&writer, &format!("{number:05}"), &format!("o-{}", number % 7), &extra);
        }
        writer.flush(PATIENCE).unwrap();
        let redrive = ["dlq", "redrive", "--yes", "--context", context.name.as_str()];
        for kill in 1..=3 {
            let slow = [&redrive[..], &["--rate", "40"]].concat();
            let mut running = bed.stormc(&slow).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            bed.until(&context.commands, kill * 50);
            running.kill().unwrap();
            running.wait().unwrap();
        }
        let sent = bed.read(&context.commands).len();
        assert!(sent < letters, "it was killed before its end");
        bed.ends(&redrive, 0);
        let commands = bed.read(&context.commands);
        assert_eq!(
            (commands.len(), ids(&commands).len()),
            (letters, letters),
            "records, and how many different ones"
        );
        let mut last: BTreeMap<Vec<u8>, String> = BTreeMap::new();
        for command in &commands {
            let id = header(command, "ce_id").unwrap();
            let earlier = last.insert(command.key().unwrap().to_vec(), id.clone());
            assert!(earlier.is_none_or(|earlier| earlier < id), "the letters of a key stay in order");
        }
    });
}

#[test]
fn a_second_redrive_takes_over_and_nothing_is_sent_twice() {
    on_each(|bed| {
        let context = Context::new(bed);
        let (writer, letters) = (bed.writer(), 300);
        let extra =
            [("dead-cause", "H-101: x"), ("dead-at", "Pay"), ("dead-return", context.commands.as_str())];
        (0..letters).for_each(|number| context.letter(&writer, &format!("{number:05}"), "o", &extra));
        writer.flush(PATIENCE).unwrap();
        let redrive = ["dlq", "redrive", "--yes", "--context", context.name.as_str()];
        let slow = [&redrive[..], &["--rate", "20"]].concat();
        let first = bed.stormc(&slow).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        bed.until(&context.commands, 20);
        let second = bed.ends(&redrive, 0);
        let first = crate::bed::said(&first.wait_with_output().unwrap());
        assert_eq!(first.code, Some(2), "{}", first.err);
        assert!(first.err.contains("S0829"), "{}", first.err);
        let commands = bed.read(&context.commands);
        let sent = (commands.len(), ids(&commands).len());
        assert_eq!(sent, (letters, letters), "the first said:\n{}\nthe second:\n{}", first.err, second.err);
    });
}
