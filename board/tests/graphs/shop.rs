//! A shop like the one of the models, by hand.

use storm_dsl::graph::{FlowGraph, StickyKind};

use super::Build;

pub fn shop() -> FlowGraph {
    let mut b = Build::new("Shop");
    b.context("Ordering", "team-orders");
    let customer = b.note(StickyKind::Actor, "Customer");
    let order = b.note(StickyKind::Aggregate, "Order");
    let [placed, paid, rejected, cancelled, reminded, completed] =
        ["OrderPlaced", "OrderPaid", "OrderRejected", "OrderCancelled", "ReminderSent", "OrderCompleted"]
            .map(|name| b.note(StickyKind::Event, name));
    b.command("PlaceOrder", Some(customer), order, &[placed, rejected]);
    let cancel = b.command("CancelOrder", Some(customer), order, &[cancelled]);
    let expire = b.command("ExpireBaskets", None, order, &[cancelled]);
    b.graph.graph[expire].detail = Some("every */5 * * * *".into());
    let remind = b.command("SendReminder", None, order, &[reminded]);
    let complete = b.command("CompleteOrder", None, order, &[completed]);
    let pay = b.command("MarkPaid", None, order, &[paid]);
    b.view("OrderSummary", &[placed, paid]);
    b.hotspot("Who refunds a cancelled, paid order?", cancelled, "team-payments, 2027-01-15");
    b.context("Payments", "team-payments");
    let payment = b.note(StickyKind::Aggregate, "Payment");
    let paypal = b.note(StickyKind::External, "PayPal");
    let [received, failed, refunded] =
        ["PaymentReceived", "PaymentFailed", "CardRefunded"].map(|name| b.note(StickyKind::Event, name));
    let charge = b.command("ChargeCard", None, paypal, &[received, failed]);
    let refund = b.command("RefundCard", None, payment, &[refunded]);
    b.hotspot("What if PayPal answers twice?", charge, "");
    b.context("Inventory", "team-warehouse");
    let stock = b.note(StickyKind::Aggregate, "Stock");
    let [reserved, short, released] =
        ["StockReserved", "StockRanOut", "StockReleased"].map(|name| b.note(StickyKind::Event, name));
    let reserve = b.command("ReserveStock", None, stock, &[reserved, short]);
    let release = b.command("ReleaseStock", None, stock, &[released]);
    b.context("Shipping", "team-logistics");
    let carrier = b.note(StickyKind::External, "DHL");
    let [shipped, delivered] =
        ["ParcelShipped", "ParcelDelivered"].map(|name| b.note(StickyKind::Event, name));
    let ship = b.command("ShipOrder", None, carrier, &[shipped]);
    b.arrow(carrier, delivered, storm_dsl::graph::Arrow::Raises);
    b.within(0);
    b.policy("ChargeOnPlacement", "whenever an order is placed, charge the customer", &[placed], &[charge]);
    b.policy("ReserveLines", "each line of the order", &[placed], &[reserve]);
    b.policy("RemindToPay", "after a day without payment", &[placed], &[remind]);
    b.policy("MarkAsPaid", "", &[received], &[pay]);
    b.policy(
        "ShipPaidOrder",
        "whenever an order is paid and its stock reserved, ship it",
        &[paid, reserved],
        &[ship],
    );
    b.policy("CancelUnpaid", "", &[failed, short], &[cancel]);
    b.policy("CompleteOnDelivery", "", &[delivered], &[complete]);
    b.within(1);
    b.policy("RefundCancelled", "whenever a paid order is cancelled, refund it", &[cancelled], &[refund]);
    b.within(2);
    b.policy("ReleaseOnCancel", "", &[cancelled], &[release]);
    b.outside();
    let lake = b.note(StickyKind::Reader, "DataLake");
    for event in [placed, cancelled, shipped] {
        b.arrow(event, lake, storm_dsl::graph::Arrow::Reads);
    }
    b.graph
}
