//! The shapes that generated code relies on compile and read well.

mod mini;

use mini::handlers::Handlers;

#[test]
fn two_contexts_are_wired() {
    let _orders = mini::service::orders(Handlers::default());
    let _billing = mini::service::billing(Handlers::default());
    assert!(!mini::messages::raw_order(None, ("1", "placed", "12.50")).is_empty());
}
