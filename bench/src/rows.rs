//! The rows that are captured: 200 bytes each, written as an application would, in transactions of 100.

use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};
use tokio::runtime::Runtime;

use crate::Outcome;

const SCHEMA: &str = include_str!("../model/schema/plant.sql");
const NOTE: &str = "a device's own words about what it measured, as long as such words are when nobody has shortened them before, or so";
const A_TRANSACTION: u64 = 100;

pub(crate) struct Rows {
    runtime: Runtime,
    conn: Conn,
    next: u64,
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Rows {
    /// Makes the table.
    pub(crate) fn prepare(url: &str) -> Outcome<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(said)?;
        let options = OptsBuilder::from_opts(Opts::from_url(url).map_err(said)?).prefer_socket(Some(false));
        let conn = runtime.block_on(async {
            let mut conn = Conn::new(options).await?;
            conn.query_drop("CREATE DATABASE plant").await?;
            conn.query_drop("USE plant").await?;
            conn.query_drop(SCHEMA).await?;
            Ok::<_, mysql_async::Error>(conn)
        });
        Ok(Self { runtime, conn: conn.map_err(said)?, next: 1 })
    }

    /// The id of the next row.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Writes so many rows.
    pub(crate) fn write(&mut self, rows: u64) -> Outcome<()> {
        let Self { runtime, conn, next } = self;
        runtime.block_on(async {
            let mut left = rows;
            while left > 0 {
                let now = left.min(A_TRANSACTION);
                conn.query_drop(insert(*next, now)).await.map_err(said)?;
                (*next, left) = (*next + now, left - now);
            }
            Ok(())
        })
    }

    /// Writes rows one a transaction at an even pace, and says when each was committed: its id, and the moment.
    pub(crate) fn pace(&mut self, a_second: u32, during: Duration) -> Outcome<Vec<(u64, Instant)>> {
        let Self { runtime, conn, next } = self;
        runtime.block_on(async {
            let (start, each) = (Instant::now(), Duration::from_secs(1) / a_second);
            let mut committed = Vec::new();
            let mut due = start;
            while start.elapsed() < during {
                tokio::time::sleep_until(due.into()).await;
                conn.query_drop(insert(*next, 1)).await.map_err(said)?;
                committed.push((*next, Instant::now()));
                *next += 1;
                // A pace that cannot be kept is not caught up in bursts.
                due = (due + each).max(Instant::now() - each);
            }
            Ok(committed)
        })
    }
}

fn insert(first: u64, rows: u64) -> String {
    let row = |id: u64| {
        format!(
            "({id},'device-{:04}-of-the-northern-plant',{}.125,UTC_TIMESTAMP(6),'{}')",
            id % 5000,
            id % 90_000,
            NOTE.replace('\'', "''")
        )
    };
    let rows: Vec<String> = (first..first + rows).map(row).collect();
    format!("INSERT INTO readings (id, device, measured, taken_at, note) VALUES {}", rows.join(","))
}
