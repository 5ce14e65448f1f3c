//! What lies on the shelves. A reservation is a row; running short and the supplier's answer are not, so they are recorded.

use storm_runtime::{External, Failure, Fault, Start, Work, sql};

use crate::model::commands::{Commands, OrderReplenishment, ReserveStock};
use crate::model::events::{ReplenishmentOrdered, StockRanShort};
use crate::model::externals::Supplier;

/// The handlers of Inventory.
#[derive(Debug)]
pub struct Handlers {
    supplier: External<Supplier>,
}

impl Handlers {
    /// Called once at the start.
    ///
    /// # Errors
    /// None: there is nothing to connect to beside the database, which the runtime opens.
    pub fn connect(start: &Start) -> Result<Self, Fault> {
        Ok(Self { supplier: start.external() })
    }
}

impl Commands for Handlers {
    async fn reserve_stock(&self, command: ReserveStock, work: &mut Work<'_>) -> Result<(), Failure> {
        let ReserveStock { sku, order_id, quantity } = command;
        let taken = work
            .exec(
                "UPDATE stock SET on_hand = on_hand - ? WHERE sku = ? AND on_hand >= ?",
                (quantity, &sku, quantity),
            )
            .await?;
        if taken == 0 {
            return work.record(StockRanShort { sku, order_id, quantity }).await;
        }
        work.exec(
            "INSERT INTO reservations (sku, order_id, quantity, reserved_at) VALUES (?, ?, ?, UTC_TIMESTAMP(6))",
            (sku, sql::text(&order_id), quantity),
        )
        .await?;
        Ok(())
    }

    async fn order_replenishment(
        &self,
        command: OrderReplenishment,
        work: &mut Work<'_>,
    ) -> Result<(), Failure> {
        // The supplier takes every order; a warehouse of yours calls theirs here, with the key that is the same on every
        // attempt.
        self.supplier.call(work, |_key| async { Ok::<_, Failure>(()) }).await?;
        work.record(ReplenishmentOrdered { sku: command.sku, quantity: command.quantity }).await
    }
}
