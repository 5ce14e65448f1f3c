//! Every column type against its oracle: what the source wrote must be what `SELECT` of the same row says.

use crate::cases::{Case, cases};
use crate::message::{self, Value};
use crate::support::{SETTINGS, Server, run, servers, step};
use mysql_async::prelude::Queryable;
use storm_runtime::source::Step;
use storm_runtime::spec::{ColumnSpec, SourceSpec, TableSpec, Wire};

#[tokio::test]
async fn every_type_is_what_select_says() {
    let _settings = SETTINGS.read().await;
    for server in servers() {
        let mut conn = server.connect().await;
        run(&mut conn, &["DROP DATABASE IF EXISTS t_types", "CREATE DATABASE t_types CHARACTER SET utf8mb4"])
            .await;
        run(&mut conn, &["USE t_types", "SET SESSION group_concat_max_len = 10000000"]).await;
        let cases = cases(server.is_mariadb());
        let (mut source, _) = server.open(spec(&cases), None).await;
        let mut compared = 0;
        for (index, case) in cases.iter().enumerate() {
            let create =
                format!("CREATE TABLE t{index} (id INT PRIMARY KEY, before_it GEOMETRY, c {})", case.ddl);
            run(&mut conn, &[&create]).await;
            // One statement for all rows, NULL among them.
            let rows = case.values.iter().chain([&"NULL"]).enumerate();
            let rows: Vec<_> = rows.map(|(id, value)| format!("({id}, POINT(1, 2), {value})")).collect();
            run(&mut conn, &[&format!("INSERT INTO t{index} VALUES {}", rows.join(", "))]).await;
            let said = select(&mut conn, index, case).await;
            for (id, said) in said.iter().enumerate() {
                let ours = next_value(&mut source, index, case).await;
                let value = case.values.get(id).unwrap_or(&"NULL");
                assert_eq!(ours.as_ref(), said.as_ref(), "{} {} {value}", server.name, case.ddl);
                compared += 1;
            }
            assert_eq!(said.len(), case.values.len() + 1, "{}", case.ddl);
        }
        println!("{}: {} types, {compared} values", server.name, cases.len());
        check_unknown(&server, source.unknown_columns());
    }
}

/// `before_it` is in every table and in no spec: said once a table.
fn check_unknown(server: &Server, unknown: usize) {
    assert_eq!(unknown, cases(server.is_mariadb()).len());
}

fn spec(cases: &[Case]) -> &'static SourceSpec {
    let tables: Vec<TableSpec> = cases
        .iter()
        .enumerate()
        .map(|(index, case)| TableSpec {
            table: Box::leak(format!("t{index}").into_boxed_str()),
            message: "types.v1.Change",
            key: &["id"],
            columns: Box::leak(Box::new([
                ColumnSpec { name: "id", field: 1, wire: Wire::Int32 },
                ColumnSpec { name: "c", field: 2, wire: case.wire },
            ])),
        })
        .collect();
    let tables = Box::leak(tables.into_boxed_slice());
    Box::leak(Box::new(SourceSpec { name: "types", databases: "t_types", tenant: false, tables }))
}

/// What the server says of each row: text, or a number's own bits where text would round.
async fn select(conn: &mut mysql_async::Conn, index: usize, case: &Case) -> Vec<Option<String>> {
    let query = format!("SELECT {} FROM t{index} ORDER BY id", case.select);
    let rows: Vec<Option<mysql_async::Value>> = conn.exec(query, ()).await.expect("rows");
    let text = |value| match value {
        mysql_async::Value::Bytes(bytes) => String::from_utf8(bytes).expect("text"),
        mysql_async::Value::Float(float) => float.to_string(),
        mysql_async::Value::Double(double) => double.to_string(),
        mysql_async::Value::Int(int) => int.to_string(),
        mysql_async::Value::UInt(int) => int.to_string(),
        other => panic!("{other:?}"),
    };
    rows.into_iter().map(|value| value.map(text)).collect()
}

async fn next_value(
    source: &mut impl storm_runtime::source::Source,
    index: usize,
    case: &Case,
) -> Option<String> {
    loop {
        match step(source).await.expect("a step").expect("not the end") {
            Step::Row(row) => {
                assert_eq!(row.table, index, "{}", case.ddl);
                let body = message::fields(&row.body);
                let after = message::fields(message::bytes(message::find(&body, 3).expect("after")));
                return message::find(&after, 2).map(|value| show(case, value));
            }
            Step::Begin { .. } | Step::Commit(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

fn show(case: &Case, value: &Value) -> String {
    match (case.wire, value) {
        (Wire::Bool | Wire::Int32 | Wire::Int64, Value::Varint(number)) => (*number as i64).to_string(),
        (Wire::Uint32 | Wire::Uint64, Value::Varint(number)) => number.to_string(),
        (Wire::Float, Value::Fixed32(bits)) => f32::from_bits(*bits).to_string(),
        (Wire::Double, Value::Fixed64(bits)) => f64::from_bits(*bits).to_string(),
        (Wire::Bytes, Value::Bytes(bytes)) => bytes.iter().map(|byte| format!("{byte:02X}")).collect(),
        (Wire::Timestamp, Value::Bytes(bytes)) => {
            let (seconds, nanos) = moment(bytes);
            let time = chrono::DateTime::from_timestamp(seconds, nanos as u32).expect("a time");
            format!("{}{}", time.format("%Y-%m-%d %H:%M:%S"), fraction(nanos, case.digits))
        }
        (Wire::Time, Value::Bytes(bytes)) => {
            let (seconds, nanos) = moment(bytes);
            let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
            let size = seconds.abs();
            let clock = format!("{:02}:{:02}:{:02}", size / 3600, size / 60 % 60, size % 60);
            format!("{sign}{clock}{}", fraction(nanos.abs(), case.digits))
        }
        (_, Value::Bytes(bytes)) => String::from_utf8(bytes.clone()).expect("text"),
        other => panic!("{other:?}"),
    }
}

fn moment(message: &[u8]) -> (i64, i32) {
    let fields = message::fields(message);
    let number = |field| match message::find(&fields, field) {
        Some(Value::Varint(number)) => *number as i64,
        _ => 0,
    };
    (number(1), number(2) as i32)
}

fn fraction(nanos: i32, digits: usize) -> String {
    if digits == 0 { String::new() } else { format!(".{}", &format!("{nanos:09}")[..digits]) }
}
