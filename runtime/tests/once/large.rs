//! Records of 10 MB on a real broker, which its topics take and the topic of dead letters does not: a letter is cut to what
//! fits, and what stands behind it goes on.

use storm_runtime::spec::{ContextSpec, TopicSpec, TopicsSpec};
use storm_runtime::testing::{Script, Seen};
use storm_runtime::{Command, CommandTable, Event, GiveUp, Message, Policy, RawRow, Refusal, Service, row};

use crate::bed;
use crate::mini::handlers::{BillingCommands as _, Handlers};
use crate::mini::messages::{Charge, Charged, Orders, raw_order};
use crate::mini::service::{SHOP, order_placed};

/// Bytes that no compression makes smaller, and that no message begins with.
fn noise() -> Vec<u8> {
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56).to_le_bytes()[0]
    };
    std::iter::once(0xff).chain(std::iter::repeat_with(&mut next)).take(10 << 20).collect()
}

const USUAL: &[(&str, &str)] = &[("retention.ms", "86400000")];
const LARGE: &[(&str, &str)] = &[("retention.ms", "86400000"), ("max.message.bytes", "12582912")];

const fn topic(name: &'static str, settings: &'static [(&'static str, &'static str)]) -> TopicSpec {
    TopicSpec { name, partitions: 2, replicas: 1, min_insync: 1, settings }
}

/// Another context, whose public topic takes records of 12 MiB.
static PORT: ContextSpec = ContextSpec {
    system: "mini",
    name: "Port",
    slug: "port",
    topics: TopicsSpec {
        raw: topic("priv_port", USUAL),
        events: topic("port_events", LARGE),
        commands: topic("port_commands", USUAL),
        dead: topic("port_dead", USUAL),
    },
};

/// Port's event.
#[derive(Debug, Clone, PartialEq)]
struct Landed(Charged);

impl Message for Landed {
    const NAME: &'static str = "mini.port.v1.Landed";
    fn key(&self) -> String {
        self.0.key()
    }
    fn encode(&self) -> Vec<u8> {
        self.0.encode()
    }
    fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        Charged::decode(bytes).map(Self)
    }
}

impl Event for Landed {
    const CONTEXT: &'static str = "port";
    const TOPIC: &'static str = "port_events";
}

/// Roomy's own command.
#[derive(Debug, Clone, PartialEq)]
struct Unload(Charge);

impl Message for Unload {
    const NAME: &'static str = "mini.roomy.v1.Unload";
    fn key(&self) -> String {
        self.0.key()
    }
    fn encode(&self) -> Vec<u8> {
        self.0.encode()
    }
    fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        Charge::decode(bytes).map(Self)
    }
}

impl Command for Unload {
    const CONTEXT: &'static str = "roomy";
    const TOPIC: &'static str = "roomy_commands";
}

/// Whenever `Landed` then `Unload`.
struct UnloadOnLanding;

impl Policy for UnloadOnLanding {
    type Event = Landed;
    type Command = Unload;

    const NAME: &'static str = "UnloadOnLanding";
    const SENTENCE: &'static str = "whenever something has landed, unload it";
    const GIVE_UP: GiveUp = GiveUp::DeadLetter;

    fn react(Landed(event): &Landed) -> impl IntoIterator<Item = Unload> {
        [Unload(Charge { order_id: event.order_id.clone(), total: event.total })]
    }
}

/// A context whose raw topic and commands take records of 12 MiB.
static ROOMY: ContextSpec = ContextSpec {
    system: "mini",
    name: "Roomy",
    slug: "roomy",
    topics: TopicsSpec {
        raw: topic("priv_roomy", LARGE),
        events: topic("roomy_events", USUAL),
        commands: topic("roomy_commands", LARGE),
        dead: topic("roomy_dead", USUAL),
    },
};

fn roomy() -> Service {
    let commands = CommandTable::new(Handlers::default())
        .on::<Charge>(|handlers, command, work| Box::pin(handlers.charge(command, work)))
        .on::<Unload>(|handlers, command, work| Box::pin(handlers.charge(command.0, work)));
    Service::new(&ROOMY)
        .capture(&SHOP, [row(order_placed)])
        .records::<Charged>()
        .policy(UnloadOnLanding)
        .commands(commands)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_10_mb_is_a_dead_letter_cut_to_what_fits() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, script) = (bed::rig(&kafka).await, Script::default());
    rig.apply(&Service::new(&PORT)).await;
    let mut running = rig.run(roomy(), &script).await.unwrap();
    running.ready().await;
    let noise = noise();
    let headers = |name: &'static str, what: &'static str| {
        [("ce_type", name), ("ce_id", what), ("ce_source", "/x"), ("ce_specversion", "1.0"), ("what", what)]
            .map(|(key, value)| (key, Some(value.as_bytes())))
    };
    let cases: [(&str, &str, &str, &str); 5] = [
        ("priv_roomy", "foreign.v1.Thing", "a foreign record", "P-004"),
        ("priv_roomy", Orders::NAME, "a row that is garbage", "V-105"),
        ("roomy_commands", "foreign.v1.Thing", "a foreign command", "H-105"),
        ("roomy_commands", Charge::NAME, "a command that is garbage", "V-105"),
        ("port_events", Landed::NAME, "an event of another context that is garbage", "V-105"),
    ];
    // What nobody here asks for is passed over, whatever its size.
    rig.write("port_events", Some("o-1"), &headers("foreign.v1.Thing", "a foreign event"), Some(&noise))
        .await;
    for (topic, name, what, _) in cases {
        rig.write(topic, Some("o-1"), &headers(name, what), Some(&noise)).await;
    }
    // Behind them, in the same partitions.
    script.insert(&[("o-1", raw_order(None, ("o-1", "placed", "1.00")))]);
    let charge = Charge { order_id: "o-1".into(), total: "1.00".parse().unwrap() };
    rig.write("roomy_commands", Some("o-1"), &headers(Charge::NAME, "the next"), Some(&charge.encode()))
        .await;
    let landed = Landed(Charged { order_id: "o-1".into(), total: "1.00".parse().unwrap() });
    rig.write("port_events", Some("o-1"), &headers(Landed::NAME, "the next"), Some(&landed.encode())).await;
    bed::holding(&rig, "roomy_events", 3).await;
    let dead = bed::holding(&rig, "roomy_dead", cases.len()).await;
    assert_eq!(dead.len(), cases.len());
    for (topic, _, what, code) in cases {
        let letter: &Seen = dead.iter().find(|letter| letter.header("what") == what).unwrap();
        assert!(letter.header("dead-cause").starts_with(code), "{what}: {}", letter.header("dead-cause"));
        assert_eq!(letter.body, None, "{what}: it would not fit");
        assert_eq!(letter.header("dead-topic"), topic, "{what}: where the whole of it stands");
        assert!(letter.header("dead-left-out").starts_with("10485760 bytes of body"), "{what}");
        assert_eq!(letter.header("dead-return"), "", "{what}: it cannot go back");
    }
    let passed = "storm_passed_over_total{";
    let foreign = |line: &&str| line.starts_with(passed) && line.contains("reason=\"no policy listens\"");
    let text = running.metrics();
    assert!(text.lines().filter(foreign).any(|line| !line.ends_with(" 0")), "it was not counted:\n{text}");
    running.stop().await.unwrap();
}
