//! A service that comes back at once and hears more than before: another topic, another partition. Brokers give a static
//! member what it had.

use storm_runtime::Service;
use storm_runtime::testing::Script;

use crate::mini::handlers::{Handlers, order_commands};
use crate::mini::messages::{OrderNoted, raw_order};
use crate::mini::service::{ChargeOnPlacement, ORDERS, SHOP, billing, order_placed, orders};
use crate::{Bank, rig, send};

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_hears_another_topic_is_given_it_after_a_quick_restart() {
    let rig = rig().await;
    let bank = rig.run(billing(Bank::default()), &Script::default()).await.unwrap();
    let narrow = Service::new(&ORDERS)
        .capture(&SHOP, [storm_runtime::row(order_placed)])
        .records::<OrderNoted>()
        .policy(ChargeOnPlacement)
        .commands(order_commands(Handlers::default()));
    let script = Script::default();
    let mut first = rig.run(narrow, &script).await.unwrap();
    first.ready().await;
    script.insert(&[("o-1", raw_order(None, ("o-1", "placed", "1.00")))]);
    assert_eq!(rig.until("billing_events", 1).await.len(), 1);
    first.stop().await.unwrap();

    // It notes what is charged: two events of its own.
    let second = rig.run(orders(Handlers::default()), &script).await.unwrap();
    script.insert(&[("o-2", raw_order(None, ("o-2", "placed", "2.00")))]);
    let noted = rig.until("orders_events", 4).await;
    assert_eq!(noted.len(), 4, "two that were placed, and a note of each");
    second.stop().await.unwrap();
    bank.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_that_came_while_a_service_was_stopped_are_given_to_it() {
    let mut rig = rig().await;
    let mut first = rig.run(billing(Bank::default()), &Script::default()).await.unwrap();
    first.ready().await;
    send(&rig, "o-0", "1.00").await;
    assert_eq!(rig.until("billing_events", 1).await.len(), 1);
    first.stop().await.unwrap();
    rig.widen("billing_commands", 8).await;

    let second = rig.run(billing(Bank::default()), &Script::default()).await.unwrap();
    for n in 1..40 {
        send(&rig, &format!("o-{n}"), "1.00").await;
    }
    let commands = rig.read("billing_commands").await;
    assert!(commands.iter().any(|command| command.partition > 2), "some are in partitions that came later");
    assert_eq!(rig.until("billing_events", 40).await.len(), 40, "each is done once");
    second.stop().await.unwrap();
    rig.end().await;
}
