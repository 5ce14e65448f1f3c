//! What goes beside the rows in their transactions: the shapes of their tables, and letters for rows that cannot be said.

use std::collections::BTreeSet;
use std::time::Duration;

use storm_runtime::lineage::Lineage;
use storm_servers::Kind;

use crate::captured::{DEAD, DESK, RAW, begun, connect, rig, shared, try_capture};
use crate::shop::create;
use crate::support::run;

#[tokio::test(flavor = "multi_thread")]
async fn a_row_tells_its_tables_shape_and_each_shape_is_kept_once() {
    for kind in [Kind::Mariadb, Kind::Mysql] {
        let Some((address, id, _settings)) = shared(kind).await else { continue };
        let mut conn = connect(&format!("mysql://root@{address}")).await;
        create(&mut conn, "t_shape").await;
        let rig = rig().await;
        let more = format!("{id}2");
        let start =
            async || begun(try_capture(&rig, "t_shape", &address, &more).await.expect("it starts")).await;
        let running = start().await;
        let statements = [
            "INSERT INTO orders VALUES (1, 'before')",
            "INSERT INTO orders VALUES (2, 'before')",
            "ALTER TABLE orders ADD COLUMN extra INT UNSIGNED FIRST",
            "INSERT INTO orders VALUES (7, 3, 'after')",
        ];
        run(&mut conn, &statements).await;
        rig.until(RAW, 3).await;
        running.stop().await.expect("it drains");
        // Another session knows what is kept, and writes it no second time.
        let running = start().await;
        run(
            &mut conn,
            &["INSERT INTO orders VALUES (7, 4, 'later')", "INSERT INTO order_lines VALUES (1, 1, NULL)"],
        )
        .await;
        let raw = rig.until(RAW, 5).await;
        let of =
            |key: &str| raw.iter().find(|seen| seen.key == key).expect("a row").header("shape").to_owned();
        assert_eq!((of("1"), of("3")), (of("2"), of("4")), "{kind}");
        assert_ne!(of("1"), of("3"), "{kind}");

        let kept = rig.read("priv_desk.shapes").await;
        let hashes: BTreeSet<&str> = kept.iter().map(|seen| seen.key.as_str()).collect();
        assert_eq!((kept.len(), hashes.len()), (3, 3), "{kind}: {kept:?}");
        let moment = Duration::from_millis(200);
        let columns = async |hash: &str| {
            let shape = rig.shape(&DESK, hash, moment).await.expect("it is kept");
            assert_eq!(shape.hash(), hash);
            let shown = |column: &storm_runtime::source::ColumnShape| (column.name.clone(), column.field);
            shape.columns.iter().map(shown).collect::<Vec<_>>()
        };
        let (number, note) = (("id".to_owned(), Some(1)), ("note".to_owned(), Some(2)));
        assert_eq!(columns(&of("1")).await, [number.clone(), note.clone()], "{kind}");
        assert_eq!(columns(&of("3")).await, [("extra".to_owned(), None), number, note], "{kind}");
        let kind_of = rig.shape(&DESK, &of("3"), moment).await.expect("it is kept").columns[0].kind.clone();
        assert_eq!(kind_of, "INT UNSIGNED");
        let unknown = rig.shape(&DESK, "0123456789abcdef", moment).await.expect_err("nobody wrote it");
        assert_eq!(unknown.code, "C-009", "{unknown}");
        running.stop().await.expect("it drains");
        rig.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_said_is_a_letter_with_its_bytes() {
    for kind in [Kind::Mariadb, Kind::Mysql] {
        let Some((address, id, _settings)) = shared(kind).await else { continue };
        let mut conn = connect(&format!("mysql://root@{address}")).await;
        create(&mut conn, "t_letter").await;
        run(&mut conn, &["SET sql_mode = 'NO_ENGINE_SUBSTITUTION'"]).await;
        let rig = rig().await;
        let running =
            begun(try_capture(&rig, "t_letter", &address, &format!("{id}3")).await.expect("it starts")).await;
        let lineage = Lineage::beginning("a chain").following("an event", "c-1", 2).pack();
        let statements = [
            "BEGIN",
            &format!("INSERT INTO storm_inbox (command_id, lineage) VALUES ('c-1', '{lineage}')"),
            "INSERT INTO order_lines VALUES (7, 1, '2026-11-22'), (7, 2, '0000-00-00'), (7, 3, '2026-11-23')",
            "COMMIT",
        ];
        run(&mut conn, &statements).await;
        let raw = rig.until(RAW, 2).await;
        let ids: BTreeSet<&str> =
            raw.iter().map(|seen| seen.header("ce_id").rsplit('/').next().unwrap()).collect();
        assert_eq!(ids, BTreeSet::from(["0", "2"]), "the rows around it keep their places");
        let dead = rig.read(DEAD).await;
        let [letter] = &dead[..] else { panic!("{kind}: {dead:?}") };
        let header = |name: &str| letter.header(name);
        assert_eq!(
            header("dead-cause"),
            "C-154: the column `due` holds a value that is not a day of the calendar"
        );
        assert_eq!(
            (header("dead-at"), header("dead-attempts"), header("dead-op")),
            ("capture", "1", "inserted")
        );
        assert_eq!((header("dead-table"), header("dead-column")), ("t_letter.order_lines", "due"));
        assert!(header("ce_id").ends_with("/t_letter.order_lines/1"), "{}", header("ce_id"));
        assert_eq!(header("ce_type"), "shop.v1.OrderLinesChange");
        assert_eq!(header("content-type"), "application/x-mysql-binlog-row");
        assert!(header("dead-place").contains("binlog.") && header("dead-present").len() == 2, "{letter:?}");
        assert_eq!((letter.key.as_str(), header("dead-return")), ("7\u{1f}2", ""), "there is no way back");
        let lineage = Lineage::unpack(header("lineage")).expect("a lineage");
        assert_eq!((&*lineage.correlation, &*lineage.causation, lineage.hop), ("a chain", "c-1", 2));
        let body = letter.body.as_deref().expect("the row's bytes");
        assert_eq!(body[1..], [7, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0], "{kind}");
        let shape =
            rig.shape(&DESK, header("shape"), Duration::from_millis(200)).await.expect("its shape is kept");
        assert_eq!(
            shape.columns.iter().map(|column| &*column.name).collect::<Vec<_>>(),
            ["order_id", "line", "due"]
        );
        let metrics = running.metrics();
        let counted = metrics.lines().any(|line| {
            line.contains("name=\"capture\"")
                && line.starts_with("storm_dead_letters_total")
                && line.ends_with(" 1")
        });
        assert!(counted, "{metrics}");
        running.stop().await.expect("it drains");
        rig.end().await;
    }
}
