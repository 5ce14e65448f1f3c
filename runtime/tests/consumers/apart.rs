//! A handler that hangs holds up its own commands and nobody else: capture and publishing go on as if it were not there, and
//! what waits for it waits on its topic, not in memory.

use std::collections::HashSet;
use std::sync::Arc;

use storm_runtime::testing::Script;
use storm_runtime::{Failure, Message, Work, sql};
use tokio::sync::Semaphore;

use crate::mini::handlers::OrderCommands;
use crate::mini::messages::{NoteOrder, OrderNoted, OrderPlaced, Sweep, raw_order};
use crate::mini::service::{billing, orders};
use crate::{Bank, rig, sum, until};

/// Who notes orders, as soon as it is let.
#[derive(Clone)]
struct Clerk(Arc<Semaphore>);

impl OrderCommands for Clerk {
    async fn note_order(&self, command: NoteOrder, work: &mut Work<'_>) -> Result<(), Failure> {
        drop(self.0.acquire().await);
        work.exec("UPDATE orders SET noted = 1 WHERE id = ?", (sql::text(&command.order_id),)).await?;
        work.record(OrderNoted { order_id: command.order_id, total: command.total }).await
    }

    async fn sweep(&self, _: Sweep, _: &mut Work<'_>) -> Result<(), Failure> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_hangs_stops_neither_capture_nor_publishing() {
    const WAITING: usize = 100;
    const ROWS: usize = 500;
    let rig = rig().await;
    let (script, let_go) = (Script::default(), Arc::new(Semaphore::new(0)));
    // Nobody is there who charges; the topics that are heard are.
    rig.apply(&billing(Bank::default())).await;
    let config = "[command.NoteOrder]\ntimeout = '1h'\n[dispatch]\nin_flight = 8\n";
    let clerk = Clerk(let_go.clone());
    let mut running = rig.replica(orders(clerk), &script, "0", config).await.unwrap();
    running.ready().await;
    for n in 0..WAITING {
        let id = format!("c-{n}");
        let note = NoteOrder { order_id: id.clone(), total: "1.00".parse().unwrap() };
        let headers =
            [("ce_type", NoteOrder::NAME), ("ce_id", &id), ("ce_source", "/desk"), ("ce_specversion", "1.0")];
        let headers = headers.map(|(key, value)| (key, Some(value.as_bytes())));
        rig.write("orders_commands", Some(&id), &headers, Some(&note.encode())).await;
    }
    // Two partitions of eight.
    let in_hand = || sum(&running, "storm_in_flight_records", "name=\"NoteOrder\"");
    until(&running, "handlers that hang", || in_hand() == 16.0).await;

    // Nobody charges for these: they stay out of the dispatcher's hands.
    let rows: Vec<_> = (0..ROWS).map(|n| format!("test-{n}")).collect();
    let row = |id: &String| raw_order(None, (id, "placed", "1.00"));
    rows.chunks(50)
        .for_each(|some| script.insert(&some.iter().map(|id| (id.as_str(), row(id))).collect::<Vec<_>>()));
    let published = rig.until("orders_events", ROWS).await;
    let different: HashSet<&str> = published.iter().map(|event| event.key.as_str()).collect();
    assert_eq!((published.len(), different.len()), (ROWS, ROWS), "events, and how many different ones");
    assert!(published.iter().all(|event| event.header("ce_type") == OrderPlaced::NAME), "none is noted yet");
    assert_eq!(in_hand(), 16.0, "the rest waits on its topic");

    let_go.add_permits(Semaphore::MAX_PERMITS);
    rig.until("orders_events", ROWS + WAITING).await;
    assert!(rig.read("orders_dead").await.is_empty());
    running.stop().await.unwrap();
    rig.end().await;
}
