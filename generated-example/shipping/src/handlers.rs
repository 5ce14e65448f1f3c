//! From the paid order to the customer's door: a parcel is a row, and so are its events.

use storm_runtime::{Failure, Fault, Start, Work, sql};

use crate::model::commands::{Commands, DispatchParcel, PackParcel};

/// The handlers of Shipping.
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
    async fn pack_parcel(&self, command: PackParcel, work: &mut Work<'_>) -> Result<(), Failure> {
        work.exec(
            "INSERT INTO parcels (order_id, packed_at, updated_at) VALUES (?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
            (sql::text(&command.order_id),),
        )
        .await?;
        Ok(())
    }

    async fn dispatch_parcel(&self, command: DispatchParcel, work: &mut Work<'_>) -> Result<(), Failure> {
        work.exec(
            "UPDATE parcels SET status = 'dispatched', tracking_code = ?, updated_at = UTC_TIMESTAMP(6) \
             WHERE order_id = ? AND status = 'packed'",
            (command.tracking_code, sql::text(&command.order_id)),
        )
        .await?;
        Ok(())
    }
}
