//! The topics of the two contexts: what a suite empties before it begins on a real broker.

pub const TOPICS: [&str; 10] = [
    "priv_orders",
    "orders_events",
    "orders_commands",
    "orders_dead",
    "priv_orders.shop.progress",
    "priv_billing",
    "billing_events",
    "billing_commands",
    "billing_dead",
    "priv_billing.shop.progress",
];
