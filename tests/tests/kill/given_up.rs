//! A death between every two steps of giving up: behind a dead letter that was acknowledged, and around a key that is parked.
//! Nothing is lost, no effect happens twice, and the partition goes on; the letter is there at least once.

use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use storm_servers::Kind;
use storm_soak::{Connection, Launch, Service, Shop};

use crate::parked::{PATIENCE, Payments, done, event, eventually, key, parked, prepare, start};

/// Where ordering's dispatcher dies here.
pub const POINTS: &[&str] = &["dispatch-parked", "dispatch-resumed", "dispatch-unparked", "dispatch-letter"];

/// Few attempts and short pauses; offsets that are committed so rarely that a death meets records which are done and not
/// known to be.
const CONFIG: &str = "[policy.ConfirmPaidOrder.retry]\ntimes = 1\nfrom = '10ms'\nto = '20ms'\n\
    [dispatch]\ncommit_every = '1m'\n[dispatch.park]\nretry = '100ms'\n";

/// Starts the service so that it dies at the point.
fn until(launch: &Launch, point: &str) -> Service {
    start(&launch.clone().set("STORM_FAIL_AT", point))
}

/// Waits until it has died there.
fn dies(mut service: Service, point: &str) {
    let ended = service.await_end(PATIENCE).and_then(|status| status.signal());
    assert_eq!(ended, Some(6), "`{point}` was not reached\n{}", service.log());
}

/// The ids of the events on ordering's topic of dead letters.
fn letters(brokers: &str) -> Vec<String> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "nobody")
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    let topic = "ordering_dead";
    let metadata = consumer.fetch_metadata(Some(topic), PATIENCE).unwrap();
    let (mut list, mut left) = (TopicPartitionList::new(), 0);
    for partition in metadata.topics()[0].partitions() {
        let (first, end) = consumer.fetch_watermarks(topic, partition.id(), PATIENCE).unwrap();
        list.add_partition_offset(topic, partition.id(), Offset::Offset(first)).unwrap();
        left += end - first;
    }
    consumer.assign(&list).unwrap();
    let mut ids = Vec::new();
    while left > 0 {
        let letter = consumer.poll(PATIENCE).expect("the letters are read").unwrap();
        let headers = letter.headers().unwrap();
        let id = headers.iter().find(|header| header.key == "ce_id").and_then(|header| header.value);
        ids.push(String::from_utf8(id.unwrap().to_vec()).unwrap());
        left -= 1;
    }
    ids
}

#[test]
fn what_is_given_up_on_survives_a_death_between_every_two_steps() {
    let Some(shop) = Shop::start_with(Kind::Mariadb, &[], &["failpoints"]) else { return };
    let mut database = Connection::open(&shop.url()).unwrap();
    let config = |then: &str| {
        let text = format!("[policy.ConfirmPaidOrder]\nthen = '{then}'\n{CONFIG}");
        std::fs::write(shop.logs.path().join("ordering.toml"), text).unwrap();
    };
    config("park");
    let others = ["inventory", "payments", "shipping"].map(|context| shop.launch(context).start());
    let launch = shop.launch("ordering").only("dispatch");
    let mut service = start(&shop.launch("ordering"));
    let payments = Payments::open(&shop.brokers());
    let bad = prepare(&mut database, &mut service, &payments);
    service.kill9();
    // Nobody else's order is held up: an event of each round, by its number.
    let mut round = 0;
    let mut more = || {
        (0..3).for_each(|of| payments.received(&key(of), round));
        round += 1;
        payments.flush();
        round
    };
    let through = |database: &mut Connection, rounds: usize| {
        let done = done(database);
        (0..3).all(|of| done.get(&key(of)).is_some_and(|done| done.len() >= rounds))
    };
    let desk = |database: &mut Connection, closed: u8| {
        database.run(&format!("UPDATE ledger.desk SET closed = {closed}")).unwrap();
    };
    // The order is to be paid once more, and cannot be.
    let unpaid = |database: &mut Connection| {
        database.run(&format!("UPDATE orders SET status = 'placed' WHERE id = '{bad}'")).unwrap();
        desk(database, 1);
    };

    // The key is parked, and the process dies: it waits on, and so does its place.
    let service = until(&launch, "dispatch-parked");
    more();
    payments.received(&bad, 0);
    dies(service, "dispatch-parked");
    // Its work is done, and the process dies before anybody knows.
    let mut service = until(&launch, "dispatch-resumed");
    let rounds = more();
    eventually("the parked key", &mut service, |service| parked(service, "storm_parked_keys") == 1);
    eventually("the others' events", &mut service, |_| through(&mut database, rounds));
    assert_eq!(done(&mut database).get(&bad), None, "it waits");
    desk(&mut database, 0);
    dies(service, "dispatch-resumed");
    assert_eq!(done(&mut database)[&bad], [0]);
    // It is let go, and the process dies before its place is stored.
    unpaid(&mut database);
    let mut service = until(&launch, "dispatch-unparked");
    payments.received(&bad, 1);
    eventually("the parked key", &mut service, |service| parked(service, "storm_parked_keys") == 1);
    desk(&mut database, 0);
    dies(service, "dispatch-unparked");
    assert_eq!(done(&mut database)[&bad], [0, 1]);
    assert_eq!(letters(&shop.brokers()), Vec::<String>::new());

    // A dead letter is acknowledged, and the process dies before the offset moves.
    unpaid(&mut database);
    config("skip");
    let service = until(&launch, "dispatch-letter");
    more();
    payments.received(&bad, 2);
    dies(service, "dispatch-letter");
    let letter = event(&bad, 2);
    assert_eq!(letters(&shop.brokers()), [letter.as_str()]);
    // It is read again, and so is its letter written; the partition goes on.
    let mut service = start(&launch);
    let dead = |service: &mut Service| service.metric("storm_dead_letters_total", "");
    eventually("the letter", &mut service, |service| dead(service) == 1.0);
    desk(&mut database, 0);
    payments.received(&bad, 3);
    let rounds = more();
    eventually("the others' events", &mut service, |_| through(&mut database, rounds));
    eventually("the key's next event", &mut service, |_| done(&mut database)[&bad].len() > 2);
    assert!(service.await_end(Duration::ZERO).is_none(), "it runs on");
    let done = done(&mut database);
    assert_eq!(done[&bad], [0, 1, 3], "each once, but for the one that was given up on");
    for of in 0..3 {
        assert_eq!(done[&key(of)], (0..rounds).collect::<Vec<_>>(), "each once and in order");
    }
    assert_eq!(letters(&shop.brokers()), [letter.as_str(), letter.as_str()], "at least once, under one id");
    drop(others);
}
