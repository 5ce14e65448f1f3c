//! Money in, money back. PayPal's answer has no row of its own, so it is recorded; a refund has one.

use storm_runtime::{Decimal, Failure, Fault, Start, Work, sql};

use crate::model::commands::{ChargeCard, Commands, RefundPayment};
use crate::model::events::{PaymentFailed, PaymentReceived};

/// The handlers of Payments.
#[derive(Debug, Default)]
pub struct Handlers {
    paypal: Sandbox,
}

impl Handlers {
    /// Called once at the start.
    ///
    /// # Errors
    /// None: the sandbox needs no connection.
    pub fn connect(_start: &Start) -> Result<Self, Fault> {
        Ok(Self::default())
    }
}

impl Commands for Handlers {
    async fn charge_card(&self, command: ChargeCard, work: &mut Work<'_>) -> Result<(), Failure> {
        // The command's id is the same on every attempt: a real PayPal takes it as the idempotency key.
        match self.paypal.charge(work.command_id(), command.total) {
            Ok(receipt) => {
                let event = PaymentReceived { order_id: command.order_id, receipt, total: command.total };
                work.record(event).await
            }
            Err(reason) => {
                work.record(PaymentFailed { order_id: command.order_id, reason: reason.into() }).await
            }
        }
    }

    async fn refund_payment(&self, command: RefundPayment, work: &mut Work<'_>) -> Result<(), Failure> {
        work.exec(
            "INSERT INTO refunds (order_id, amount, refunded_at) VALUES (?, ?, UTC_TIMESTAMP(6))",
            (sql::text(&command.order_id), sql::text(&command.total)),
        )
        .await?;
        Ok(())
    }
}

/// PayPal as the example plays it: cards have a limit of 1,000.00. A shop of yours calls the real one here.
#[derive(Debug, Default)]
struct Sandbox;

impl Sandbox {
    fn charge(&self, idempotency_key: &str, total: Decimal) -> Result<String, &'static str> {
        if total > Decimal::from(1_000) {
            return Err("the card's limit is reached");
        }
        let receipt: String = idempotency_key.chars().filter(char::is_ascii_hexdigit).take(12).collect();
        Ok(format!("PP-{}", receipt.to_uppercase()))
    }
}
