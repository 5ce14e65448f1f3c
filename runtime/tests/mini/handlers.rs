//! What a person writes: the handlers of both contexts. Amounts steer them, so that a test can ask for every outcome.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use storm_runtime::{CommandTable, Decimal, Failure, Work, sql};

use super::messages::{Charge, Charged, NoteOrder, OrderNoted, Sweep};

/// Generated for a context: one method a command.
pub trait OrderCommands: Send + Sync + 'static {
    fn note_order(
        &self,
        command: NoteOrder,
        work: &mut Work<'_>,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
    fn sweep(&self, command: Sweep, work: &mut Work<'_>) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Generated: the table of a context's commands.
pub fn order_commands<H: OrderCommands>(handlers: H) -> CommandTable<H> {
    CommandTable::new(handlers)
        .on::<NoteOrder>(|h, c, w| Box::pin(h.note_order(c, w)))
        .on::<Sweep>(|h, c, w| Box::pin(h.sweep(c, w)))
}

pub trait BillingCommands: Send + Sync + 'static {
    fn charge(
        &self,
        command: Charge,
        work: &mut Work<'_>,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

pub fn billing_commands<H: BillingCommands>(handlers: H) -> CommandTable<H> {
    CommandTable::new(handlers).on::<Charge>(|h, c, w| Box::pin(h.charge(c, w)))
}

/// A person's handlers, counting their attempts.
#[derive(Clone, Default)]
pub struct Handlers {
    pub attempts: Arc<AtomicU32>,
    pub outage: Arc<AtomicU32>,
}

impl OrderCommands for Handlers {
    async fn note_order(&self, command: NoteOrder, work: &mut Work<'_>) -> Result<(), Failure> {
        work.exec("UPDATE orders SET noted = 1 WHERE id = ?", (sql::text(&command.order_id),)).await?;
        work.record(OrderNoted { order_id: command.order_id, total: command.total }).await
    }

    async fn sweep(&self, command: Sweep, work: &mut Work<'_>) -> Result<(), Failure> {
        let noted: Option<(String,)> = work.first("SELECT id FROM orders WHERE noted = 1", ()).await?;
        match noted {
            Some((order_id,)) => work.record(OrderNoted { order_id, total: command.total }).await,
            None => Ok(()),
        }
    }
}

impl BillingCommands for Handlers {
    /// 13 fails for ever, 14 for good, 15 panics once, 16 waits while there is an outage; all else is charged.
    async fn charge(&self, command: Charge, work: &mut Work<'_>) -> Result<(), Failure> {
        let attempt = self.attempts.fetch_add(1, Ordering::SeqCst);
        match u32::try_from(command.total.trunc()).unwrap_or_default() {
            13 => return Err(Failure::try_again("the card's bank does not answer")),
            14 => return Err(Failure::for_good("the card is closed")),
            15 => assert!(attempt > 0, "a handler that panics"),
            16 if self.outage.load(Ordering::SeqCst) > 0 => {
                self.outage.fetch_sub(1, Ordering::SeqCst);
                return Err(Failure::unavailable("the bank is down"));
            }
            _ => {}
        }
        let fee = Decimal::new(1, 2);
        work.record(Charged { order_id: command.order_id, total: command.total + fee }).await
    }
}
