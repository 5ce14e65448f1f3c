//! What the shop does with orders. Its events come from the rows that are written here; only a rejection, which leaves
//! no row, is recorded.

use storm_runtime::{Decimal, Failure, Fault, Start, Timestamp, Work, sql};

use crate::model::commands::{
    CancelOrder, Commands, ExpireOrders, MarkOrderPaid, MarkOrderShipped, PlaceOrder,
};
use crate::model::events::OrderRejected;

/// The handlers of Ordering. They keep nothing: everything is in the database.
#[derive(Debug, Default)]
pub struct Handlers;

impl Handlers {
    /// Called once at the start.
    ///
    /// # Errors
    /// None: there is nothing to connect to beside the database, which the runtime opens.
    pub fn connect(_start: &Start) -> Result<Self, Fault> {
        Ok(Self)
    }
}

impl Commands for Handlers {
    async fn place_order(&self, command: PlaceOrder, work: &mut Work<'_>) -> Result<(), Failure> {
        if let Some(reason) = why_not(&command) {
            return work.record(OrderRejected { order_id: command.order_id, reason: reason.into() }).await;
        }
        let total: Decimal = command.lines.iter().map(|line| line.price * Decimal::from(line.quantity)).sum();
        let now = sql::timestamp(&Timestamp::from(std::time::SystemTime::now()));
        work.exec(
            "INSERT INTO orders (id, customer_id, email, `lines`, total, note, placed_at, updated_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                sql::text(&command.order_id),
                sql::text(&command.customer_id),
                command.email,
                sql::json(&command.lines)?,
                sql::text(&total),
                command.note,
                now.clone(),
                now,
            ),
        )
        .await?;
        Ok(())
    }

    async fn cancel_order(&self, command: CancelOrder, work: &mut Work<'_>) -> Result<(), Failure> {
        work.exec(
            "UPDATE orders SET status = 'cancelled', cancel_reason = ?, updated_at = UTC_TIMESTAMP(6) \
             WHERE id = ? AND status IN ('placed', 'paid')",
            (command.reason, sql::text(&command.order_id)),
        )
        .await?;
        Ok(())
    }

    async fn mark_order_paid(&self, command: MarkOrderPaid, work: &mut Work<'_>) -> Result<(), Failure> {
        work.exec(
            "UPDATE orders SET status = 'paid', updated_at = UTC_TIMESTAMP(6) WHERE id = ? AND status = 'placed'",
            (sql::text(&command.order_id),),
        )
        .await?;
        Ok(())
    }

    async fn mark_order_shipped(
        &self,
        command: MarkOrderShipped,
        work: &mut Work<'_>,
    ) -> Result<(), Failure> {
        work.exec(
            "UPDATE orders SET status = 'shipped', tracking_code = ?, updated_at = UTC_TIMESTAMP(6) \
             WHERE id = ? AND status = 'paid'",
            (command.tracking_code, sql::text(&command.order_id)),
        )
        .await?;
        Ok(())
    }

    async fn expire_orders(&self, _: ExpireOrders, work: &mut Work<'_>) -> Result<(), Failure> {
        work.exec(
            "UPDATE orders SET status = 'cancelled', cancel_reason = 'not paid in time', updated_at = UTC_TIMESTAMP(6) \
             WHERE status = 'placed' AND placed_at < UTC_TIMESTAMP(6) - INTERVAL 1 DAY",
            (),
        )
        .await?;
        Ok(())
    }
}

/// Why the shop does not take an order.
fn why_not(order: &PlaceOrder) -> Option<&'static str> {
    if order.lines.is_empty() {
        Some("no lines")
    } else if order.lines.iter().any(|line| line.quantity == 0) {
        Some("a line without a quantity")
    } else {
        None
    }
}
