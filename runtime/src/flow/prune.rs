//! The loop that removes old rows of `storm_inbox` and `storm_outbox` from the databases that handlers work in, page by
//! page, with pauses: it takes a fifth of one connection's time at most. Replicas do it in turn, each database by one at a
//! time. What fails is said once an hour and tried again later: nothing hangs on it but room.
//! It must not know: SQL.

mod keeps;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Ground;
use crate::command::work::Transactions;
use crate::command::work::mysql::DatabaseWork;
use crate::command::work::mysql::prune::{Place, Refused, Table, Visit};
use crate::failure::Failure;
use crate::fault::Fault;
use crate::hush::Hush;
use crate::telemetry::Count;

pub(crate) use keeps::Keeps;

/// The name of the loop, and of what fails in it.
const LOOP: &str = "prune";
/// The first look comes soon after the start: a missing right shows while someone watches.
const SOON: Duration = Duration::from_secs(60);
/// The shortest pause between two pages; else as long as four of them took.
const PAUSE: Duration = Duration::from_millis(50);
/// Between two warnings of one kind.
const HOUR: Duration = Duration::from_secs(3_600);

/// Removes old rows until asked to stop. Without a database, or where everything is kept for ever, there is nothing to do.
///
/// # Errors
/// None.
pub(crate) fn run(
    ground: &Ground,
    transactions: &Arc<Transactions>,
    keeps: Keeps,
    handlers: &tokio::runtime::Handle,
) -> Result<(), Fault> {
    let Transactions::Database(database) = &**transactions else { return Ok(()) };
    if keeps.inbox.or(keeps.outbox).is_none() {
        return Ok(());
    }
    let pruner = Pruner { ground, database, keeps, hush: Hush::each(HOUR) };
    handlers.block_on(pruner.run());
    Ok(())
}

struct Pruner<'g> {
    ground: &'g Ground,
    database: &'g DatabaseWork,
    keeps: Keeps,
    hush: Hush,
}

impl Pruner<'_> {
    async fn run(&self) {
        let every = self.ground.config.database.prune_every.0;
        let mut pause = spread(every.min(SOON));
        while self.ground.stop.sleep(pause).await {
            let begun = Instant::now();
            // What is cut short is rolled back, or committed: the next round sees.
            let round = tokio::select! {
                round = self.round() => round,
                () = self.ground.stop.wait() => return,
            };
            match round {
                Ok([0, 0]) => {}
                Ok([inbox, outbox]) => {
                    let seconds = begun.elapsed().as_secs();
                    tracing::info!(target: "storm::prune", inbox, outbox, seconds, "old rows are removed");
                }
                Err(refused) => self.say("", None, &refused),
            }
            pause = every / 2 + spread(every);
        }
    }

    /// Goes through all databases once. How many rows of each table were removed.
    ///
    /// # Errors
    /// The connection.
    async fn round(&self) -> Result<[u64; 2], Refused> {
        let mut visit = self.database.visit().await?;
        let mut removed = [0; 2];
        let mut databases = visit.databases().await?;
        // Where one ends the round, the others are not always those behind it.
        let first = dice() as usize % databases.len().max(1);
        databases.rotate_left(first);
        for database in databases {
            match visit.enter(&database).await {
                Ok(true) => {}
                Ok(false) => continue,
                Err(refused @ Refused::Connection(_)) => return Err(refused),
                Err(refused) => {
                    self.say(&database, None, &refused);
                    continue;
                }
            }
            let keeps = [self.keeps.inbox, self.keeps.outbox];
            for (place, (table, keep)) in Table::ALL.into_iter().zip(keeps).enumerate() {
                if let Some(keep) = keep {
                    removed[place] += self.table(&mut visit, &database, table, keep).await?;
                }
            }
            visit.leave().await?;
        }
        visit.end().await;
        Ok(removed)
    }

    /// Goes through a table once. How many rows were removed.
    ///
    /// # Errors
    /// The connection.
    async fn table(
        &self,
        visit: &mut Visit,
        database: &str,
        table: Table,
        keep: Duration,
    ) -> Result<u64, Refused> {
        let (mut place, mut removed) = (table.start(), 0);
        loop {
            let begun = Instant::now();
            let (rows, next) = self.page(visit, database, table, place, keep).await?;
            removed += rows;
            let Some(next) = next else { return Ok(removed) };
            place = next;
            tokio::time::sleep((4 * begun.elapsed()).max(PAUSE)).await;
        }
    }

    async fn page(
        &self,
        visit: &mut Visit,
        database: &str,
        table: Table,
        place: Place,
        keep: Duration,
    ) -> Result<(u64, Option<Place>), Refused> {
        match visit.page(table, place, keep).await {
            Ok(page) => {
                self.ground.metrics.add(Count::PrunedRows, &[table.name()], page.removed);
                Ok((page.removed, page.next))
            }
            Err(refused @ Refused::Connection(_)) => Err(refused),
            Err(refused) => {
                self.say(database, Some(table), &refused);
                match refused {
                    Refused::Busy(_, next) => Ok((0, next)),
                    _ => Ok((0, None)),
                }
            }
        }
    }

    /// Counts what was refused, and says it if it was not said within the hour.
    fn say(&self, database: &str, table: Option<Table>, refused: &Refused) {
        let (code, failure) = described(refused);
        self.ground.metrics.error(LOOP, code);
        let Some(held_back) = self.hush.say(LOOP, code, Instant::now()) else { return };
        let (table, why) = (table.map_or("", Table::name), failure.message.as_str());
        let next = match refused {
            Refused::Rights(_) => "GRANT SELECT, DELETE on it to the user of `database.url`",
            _ => "it is tried again later; handlers go on",
        };
        tracing::warn!(target: "storm::prune", code, database, table, why, next, held_back, "old rows are not removed");
    }
}

fn described(refused: &Refused) -> (&'static str, &Failure) {
    match refused {
        Refused::Rights(failure) => ("H-202", failure),
        Refused::Absent(failure)
        | Refused::Busy(failure, _)
        | Refused::Table(failure)
        | Refused::Connection(failure) => ("H-203", failure),
    }
}

/// Any part of a time, so that replicas which start together do not come together.
fn spread(time: Duration) -> Duration {
    time.mul_f64((dice() % 1_000) as f64 / 1_000.0)
}

/// Any number.
fn dice() -> u64 {
    uuid::Uuid::new_v4().as_u128() as u64
}
