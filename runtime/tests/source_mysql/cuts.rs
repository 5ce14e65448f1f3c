//! Transactions and rows that are large: cut by bytes, never held in memory, and halted where there is no other way.

use mysql_async::prelude::Queryable;
use storm_servers::{Kind, Proxy};

use crate::captured::{
    END, RAW, begun, connect, each_once, errors, eventually, halted, rig, shared, try_capture,
};
use crate::shop::create;
use crate::support::run;

#[tokio::test(flavor = "multi_thread")]
async fn a_large_transaction_is_cut_and_survives_its_middle_on_mariadb() {
    large(Kind::Mariadb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_transaction_is_cut_and_survives_its_middle_on_mysql() {
    large(Kind::Mysql).await;
}

const ROWS: u32 = 6_000;

/// One transaction of 2 MB in Kafka transactions of 16 KiB. The connection breaks in its middle, and then capture itself is
/// taken over in its middle, which aborts what it has open.
async fn large(kind: Kind) {
    let Some((address, id, _settings)) = shared(kind).await else { return };
    let proxy = Proxy::to(&address).expect("a proxy");
    let mut conn = connect(&format!("mysql://root@{address}")).await;
    create(&mut conn, "t_large").await;
    let rig = rig().await;
    let more = format!("{id}\n[capture]\ncommit_bytes = '16KiB'");
    let start =
        async || begun(try_capture(&rig, "t_large", &proxy.address(), &more).await.expect("it starts")).await;
    let mut running = start().await;

    let rows: Vec<String> = (0..ROWS).map(|number| format!("({number}, REPEAT('x', 300))")).collect();
    proxy.cut_after(700_000);
    run(&mut conn, &[&format!("INSERT INTO orders VALUES {}", rows.join(", "))]).await;
    eventually("a connection that breaks in the middle", || errors(&running, "C-120") > 0).await;
    for part in [3, 2] {
        rig.until(RAW, (ROWS / part) as usize).await;
        rig.take_over("desk.capture.shop").await;
        // Fenced: it ends, or it has found a new beginning by itself.
        let _ = running.stop().await;
        running = start().await;
    }
    run(&mut conn, &[&format!("INSERT INTO orders VALUES ({ROWS}, 'the next transaction')")]).await;
    let raw = each_once(&rig, 0..ROWS + 1).await;

    // Each row tells its transaction and its place in it, across all cuts.
    let mut places: Vec<(u32, u32)> = raw
        .iter()
        .filter(|seen| seen.key != ROWS.to_string())
        .map(|seen| {
            (
                seen.key.parse().expect("a number"),
                seen.header("ce_id").rsplit('/').next().unwrap().parse().unwrap(),
            )
        })
        .collect();
    places.sort_unstable();
    assert_eq!(places, (0..ROWS).map(|number| (number, number)).collect::<Vec<_>>(), "on {kind}");
    let transactions: std::collections::HashSet<_> = raw
        .iter()
        .map(|seen| seen.header("ce_id").rsplit_once("/t_large.orders/").expect("an id").0)
        .collect();
    assert_eq!(transactions.len(), 2, "on {kind}");
    // It was cut indeed: positions inside of it were stored.
    let stored = rig.read("priv_desk.shop.progress").await;
    let cuts = stored.iter().filter(|seen| {
        seen.body.as_deref().is_some_and(|body| String::from_utf8_lossy(body).contains("\"cut\""))
    });
    assert!(cuts.count() > 20, "on {kind}: {} positions were stored", stored.len());
    // Whoever wants the whole knows by its end that it is whole, however often it was cut and begun again.
    let ends: Vec<_> = rig.read(RAW).await.into_iter().filter(|seen| seen.header("ce_type") == END).collect();
    assert_eq!(ends.len(), 1, "on {kind}: the transaction that was not cut has none");
    let end: serde_json::Value =
        serde_json::from_slice(ends[0].body.as_deref().expect("a body")).expect("JSON");
    assert_eq!(
        (&end["rows"], &end["refused"]),
        (&serde_json::json!({ "orders": ROWS }), &0.into()),
        "on {kind}"
    );
    let transaction = ends[0].header("ce_id").strip_suffix("/end").expect("an end's id");
    assert!(
        transactions.contains(transaction) && transaction.ends_with(end["transaction"].as_str().unwrap())
    );
    running.stop().await.expect("it drains");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_over_the_limit_halts_and_is_captured_once_the_limit_is_raised() {
    for kind in [Kind::Mariadb, Kind::Mysql] {
        let Some((address, id, _settings)) = shared(kind).await else { continue };
        let mut conn = connect(&format!("mysql://root@{address}")).await;
        create(&mut conn, "t_limit").await;
        let rig = rig().await;
        let limited = format!("{id}1\n[capture]\nmax_row_bytes = '2KiB'");
        let running = begun(try_capture(&rig, "t_limit", &address, &limited).await.expect("it starts")).await;
        conn.query_drop("INSERT INTO orders VALUES (0, 'small')").await.expect("an order");
        each_once(&rig, 0..1).await;
        conn.query_drop("INSERT INTO orders VALUES (1, REPEAT('secret', 1000)), (2, 'small')")
            .await
            .expect("orders");
        let fault = halted(running).await;
        assert_eq!(fault.code, "C-006", "{kind}: {fault}");
        assert!(
            fault.message.contains("capture.max_row_bytes") && fault.help.contains("raise it above"),
            "{fault}"
        );
        assert!(!format!("{fault}").contains("secret"), "{fault}");
        each_once(&rig, 0..1).await;
        let fault = halted(try_capture(&rig, "t_limit", &address, &limited).await.expect("it starts")).await;
        assert_eq!(fault.code, "C-006", "it stays halted: {fault}");

        let raised = format!("{id}1\n[capture]\nmax_row_bytes = '16KiB'");
        let running = begun(try_capture(&rig, "t_limit", &address, &raised).await.expect("it starts")).await;
        each_once(&rig, 0..3).await;
        running.stop().await.expect("it drains");
        rig.end().await;
    }
}
