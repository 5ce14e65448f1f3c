//! Events, commands and raw rows of the two contexts.

use prost::Message as _;
use storm_runtime::{Change, Command, Decimal, Event, Message, RawRow, Refusal, wire};

mod proto {
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct OrderAmount {
        #[prost(string, tag = "1")]
        pub order_id: String,
        #[prost(string, tag = "2")]
        pub total: String,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct OrdersRow {
        #[prost(string, optional, tag = "1")]
        pub id: Option<String>,
        #[prost(string, optional, tag = "2")]
        pub status: Option<String>,
        #[prost(string, optional, tag = "3")]
        pub total: Option<String>,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct OrdersChange {
        #[prost(int32, tag = "1")]
        pub op: i32,
        #[prost(message, optional, tag = "2")]
        pub before: Option<OrdersRow>,
        #[prost(message, optional, tag = "3")]
        pub after: Option<OrdersRow>,
    }
}

/// The raw message of an inserted or updated order, as a source writes it.
pub fn raw_order(before: Option<(&str, &str, &str)>, after: (&str, &str, &str)) -> Vec<u8> {
    let row = |(id, status, total): (&str, &str, &str)| proto::OrdersRow {
        id: Some(id.into()),
        status: Some(status.into()),
        total: Some(total.into()),
    };
    let op = if before.is_some() { 2 } else { 1 };
    proto::OrdersChange { op, before: before.map(row), after: Some(row(after)) }.encode_to_vec()
}

/// A message with an order's id and an amount: all of this model's are.
macro_rules! order_amount {
    ($name:ident, $context:literal, $package:literal, $role:ident, $topic:literal) => {
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            pub order_id: String,
            pub total: Decimal,
        }
        impl From<&$name> for proto::OrderAmount {
            fn from(value: &$name) -> Self {
                Self { order_id: value.order_id.clone(), total: wire::decimal_text(&value.total, 2) }
            }
        }
        impl TryFrom<proto::OrderAmount> for $name {
            type Error = Refusal;
            fn try_from(value: proto::OrderAmount) -> Result<Self, Refusal> {
                Ok(Self { order_id: value.order_id, total: wire::decimal("total", &value.total, 2)? })
            }
        }
        impl Message for $name {
            const NAME: &'static str = concat!($package, ".", stringify!($name));
            fn key(&self) -> String {
                self.order_id.clone()
            }
            fn encode(&self) -> Vec<u8> {
                proto::OrderAmount::from(self).encode_to_vec()
            }
            fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
                proto::OrderAmount::decode(bytes).map_err(|_| Refusal::garbled(Self::NAME))?.try_into()
            }
        }
        impl $role for $name {
            const CONTEXT: &'static str = $context;
            const TOPIC: &'static str = $topic;
        }
    };
}

order_amount!(OrderPlaced, "orders", "mini.orders.v1", Event, "orders_events");
order_amount!(OrderPaid, "orders", "mini.orders.v1", Event, "orders_events");
order_amount!(OrderNoted, "orders", "mini.orders.v1", Event, "orders_events");
order_amount!(NoteOrder, "orders", "mini.orders.v1", Command, "orders_commands");
order_amount!(Sweep, "orders", "mini.orders.v1", Command, "orders_commands");
order_amount!(Charge, "billing", "mini.billing.v1", Command, "billing_commands");
order_amount!(Charged, "billing", "mini.billing.v1", Event, "billing_events");

/// A row of `orders`.
#[derive(Debug, Clone, PartialEq)]
pub struct Orders {
    pub id: String,
    pub status: String,
    pub total: Decimal,
}

impl TryFrom<proto::OrdersRow> for Orders {
    type Error = Refusal;
    fn try_from(row: proto::OrdersRow) -> Result<Self, Refusal> {
        Ok(Self {
            id: wire::required("id", row.id)?,
            status: wire::required("status", row.status)?,
            total: wire::decimal("total", &wire::required("total", row.total)?, 2)?,
        })
    }
}

impl RawRow for Orders {
    const TABLE: &'static str = "orders";
    const NAME: &'static str = "mini.orders.v1.OrdersChange";
    fn decode_change(bytes: &[u8]) -> Result<Change<Self>, Refusal> {
        let proto::OrdersChange { op, before, after } =
            proto::OrdersChange::decode(bytes).map_err(|_| Refusal::garbled(Self::NAME))?;
        wire::change(op, before, after)
    }
}
