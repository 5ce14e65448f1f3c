//! Money in, money back. PayPal's answer has no row of its own, so it is recorded; a refund has one.

use storm_runtime::{Decimal, External, Failure, Fault, Start, Work, sql};

use crate::model::commands::{ChargeCard, Commands, RefundPayment};
use crate::model::events::{PaymentFailed, PaymentReceived};
use crate::model::externals::PayPal;

/// The handlers of Payments.
#[derive(Debug)]
pub struct Handlers {
    paypal: External<PayPal>,
    sandbox: Sandbox,
}

impl Handlers {
    /// Called once at the start.
    ///
    /// # Errors
    /// None: the sandbox needs no connection.
    pub fn connect(start: &Start) -> Result<Self, Fault> {
        Ok(Self { paypal: start.external(), sandbox: Sandbox })
    }
}

impl Commands for Handlers {
    async fn charge_card(&self, command: ChargeCard, work: &mut Work<'_>) -> Result<(), Failure> {
        // The key is the same on every attempt: a real PayPal takes it as the idempotency key.
        let charged = self.paypal.call(work, |key| self.sandbox.charge(key, command.total)).await?;
        match charged {
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
#[derive(Debug)]
struct Sandbox;

/// A receipt, or why there is none: both are answers, and no failure.
type Answer = Result<String, &'static str>;

impl Sandbox {
    async fn charge(&self, idempotency_key: String, total: Decimal) -> Result<Answer, Failure> {
        if total > Decimal::from(1_000) {
            return Ok(Err("the card's limit is reached"));
        }
        let receipt: String = idempotency_key.chars().filter(char::is_ascii_hexdigit).take(12).collect();
        Ok(Ok(format!("PP-{}", receipt.to_uppercase())))
    }
}
