//! Records of 10 MB on a real broker, which its topics take and the topic of dead letters does not: a letter is cut to what
//! fits, and what stands behind it goes on.

use storm_runtime::spec::{ContextSpec, TopicSpec, TopicsSpec};
use storm_runtime::testing::{Script, Seen};
use storm_runtime::{Message, RawRow, Service, row};

use crate::bed;
use crate::mini::handlers::{Handlers, billing_commands};
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
    Service::new(&ROOMY)
        .capture(&SHOP, [row(order_placed)])
        .records::<Charged>()
        .commands(billing_commands(Handlers::default()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_10_mb_is_a_dead_letter_cut_to_what_fits() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, script) = (bed::rig(&kafka).await, Script::default());
    let mut running = rig.run(roomy(), &script).await.unwrap();
    running.ready().await;
    let noise = noise();
    let headers = |name: &'static str, what: &'static str| {
        [("ce_type", name), ("ce_id", what), ("ce_source", "/x"), ("ce_specversion", "1.0"), ("what", what)]
            .map(|(key, value)| (key, Some(value.as_bytes())))
    };
    let cases: [(&str, &str, &str, &str); 4] = [
        ("priv_roomy", "foreign.v1.Thing", "a foreign record", "P-004"),
        ("priv_roomy", Orders::NAME, "a row that is garbage", "V-105"),
        ("roomy_commands", "foreign.v1.Thing", "a foreign command", "H-105"),
        ("roomy_commands", Charge::NAME, "a command that is garbage", "V-105"),
    ];
    for (topic, name, what, _) in cases {
        rig.write(topic, Some("o-1"), &headers(name, what), Some(&noise)).await;
    }
    // Behind them, in the same partitions.
    script.insert(&[("o-1", raw_order(None, ("o-1", "placed", "1.00")))]);
    let charge = Charge { order_id: "o-1".into(), total: "1.00".parse().unwrap() };
    rig.write("roomy_commands", Some("o-1"), &headers(Charge::NAME, "the next"), Some(&charge.encode()))
        .await;
    bed::holding(&rig, "roomy_events", 2).await;
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
    running.stop().await.unwrap();
}
