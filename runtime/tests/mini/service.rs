//! The wiring, as generated.

use storm_runtime::spec::{
    ColumnSpec, CommandSpec, ContextSpec, ExternalSpec, FieldSpec, Kind, SourceSpec, TableSpec, TopicSpec,
    TopicsSpec, Wire,
};
use storm_runtime::{Change, Decimal, GiveUp, Op, Policy, Refusal, Retry, Service, System, millis, row};

use super::handlers::{BillingCommands, OrderCommands, billing_commands, order_commands};
use super::messages::{Charge, Charged, NoteOrder, OrderNoted, OrderPaid, OrderPlaced, Orders, Sweep};

const fn topic(name: &'static str, partitions: i32) -> TopicSpec {
    TopicSpec { name, partitions, replicas: 1, min_insync: 1, settings: &[("retention.ms", "86400000")] }
}

pub static ORDERS: ContextSpec = ContextSpec {
    system: "mini",
    name: "Orders",
    slug: "orders",
    topics: TopicsSpec {
        raw: topic("priv_orders", 3),
        events: topic("orders_events", 3),
        commands: topic("orders_commands", 2),
        dead: topic("orders_dead", 1),
    },
};

pub static BILLING: ContextSpec = ContextSpec {
    system: "mini",
    name: "Billing",
    slug: "billing",
    topics: TopicsSpec {
        raw: topic("priv_billing", 1),
        events: topic("billing_events", 2),
        commands: topic("billing_commands", 3),
        dead: topic("billing_dead", 1),
    },
};

pub static SHOP: SourceSpec = SourceSpec {
    name: "shop",
    databases: "shop",
    tenant: false,
    tables: &[TableSpec {
        table: "orders",
        message: "mini.orders.v1.OrdersChange",
        key: &["id"],
        columns: &[
            ColumnSpec { name: "id", field: 1, wire: Wire::String },
            ColumnSpec { name: "status", field: 2, wire: Wire::Enum },
            ColumnSpec { name: "total", field: 3, wire: Wire::Decimal { scale: 2 } },
        ],
    }],
};

pub static SHOP_OUTBOX: SourceSpec =
    SourceSpec { name: "shop", databases: "shop", tenant: false, tables: &[] };

pub fn order_placed(change: &Change<Orders>) -> Result<Option<OrderPlaced>, Refusal> {
    let Some(after) = change.after.as_ref().filter(|_| change.op == Op::Inserted) else { return Ok(None) };
    Ok(Some(OrderPlaced { order_id: after.id.clone(), total: after.total }))
}

pub fn order_paid(change: &Change<Orders>) -> Result<Option<OrderPaid>, Refusal> {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return Ok(None) };
    let paid = before.status != "paid" && after.status == "paid";
    Ok(paid.then(|| OrderPaid { order_id: after.id.clone(), total: after.total }))
}

/// `POST /commands/NoteOrder`, by Clerk.
pub static NOTE_ORDER: CommandSpec = CommandSpec {
    name: "NoteOrder",
    actors: &["Clerk"],
    key: &["order_id"],
    fields: &[
        FieldSpec::one("order_id", 1, Kind::String { most: Some(40) }),
        FieldSpec::one("total", 2, Kind::Decimal { precision: 12, scale: 2 }),
    ],
};

/// External system `CardBank`: where cards are charged.
pub struct CardBank;

impl System for CardBank {
    const SPEC: &'static ExternalSpec =
        &ExternalSpec { context: "billing", name: "CardBank", url: None, timeout: None, at_most: None };
}

/// Whenever `OrderPlaced` then `Charge`.
pub struct ChargeOnPlacement;

impl Policy for ChargeOnPlacement {
    type Event = OrderPlaced;
    type Command = Charge;

    const NAME: &'static str = "ChargeOnPlacement";
    const SENTENCE: &'static str = "whenever an order is placed, charge the customer";
    const GIVE_UP: GiveUp = GiveUp::DeadLetter;

    fn skips(event: &OrderPlaced) -> bool {
        event.order_id.starts_with("test")
    }

    fn react(event: &OrderPlaced) -> impl IntoIterator<Item = Charge> {
        let holds = event.total > Decimal::ZERO;
        holds.then(|| Charge { order_id: event.order_id.clone(), total: event.total })
    }
}

/// Whenever `Charged` then `NoteOrder`.
pub struct NoteOnCharge;

impl Policy for NoteOnCharge {
    type Event = Charged;
    type Command = NoteOrder;

    const NAME: &'static str = "NoteOnCharge";
    const SENTENCE: &'static str = "whenever an order is charged, note it";
    const RETRY: Retry = Retry::times(2).backoff(millis(1), millis(5));
    const GIVE_UP: GiveUp = GiveUp::DeadLetter;

    fn react(event: &Charged) -> impl IntoIterator<Item = NoteOrder> {
        vec![NoteOrder { order_id: event.order_id.clone(), total: event.total }]
    }
}

pub fn orders(handlers: impl OrderCommands) -> Service {
    Service::new(&ORDERS)
        .capture(&SHOP, [row(order_placed), row(order_paid)])
        .records::<OrderNoted>()
        .policy(ChargeOnPlacement)
        .policy(NoteOnCharge)
        .commands(order_commands(handlers))
        .door::<NoteOrder>(&NOTE_ORDER)
        .openapi("{\"openapi\": \"3.1.0\"}")
        .schedule::<Sweep>("0 3 1 1 *", |due| Sweep { order_id: due.to_string(), total: Decimal::ZERO })
}

pub fn billing(handlers: impl BillingCommands) -> Service {
    Service::new(&BILLING)
        .capture(&SHOP_OUTBOX, [])
        .records::<Charged>()
        .commands(billing_commands(handlers))
        .external::<CardBank>()
}
