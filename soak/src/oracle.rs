//! What the shop's model says, written down a second time by hand: which table feeds which context, and which change is
//! which event. What the services do is compared with this, so it must not be derived from what they run on.
//! It must not know: databases, topics.

/// A captured table.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) context: &'static str,
    /// The column that is its aggregate's key.
    pub(crate) key: &'static str,
    /// The columns by which one change is told from another, none of them with characters that need care.
    pub(crate) columns: &'static [&'static str],
}

pub(crate) const TABLES: [Table; 5] = [
    Table {
        name: "orders",
        context: "ordering",
        key: "id",
        columns: &["status", "total", "note", "tracking_code", "cancel_reason"],
    },
    Table { name: "refunds", context: "payments", key: "order_id", columns: &["amount"] },
    Table { name: "stock", context: "inventory", key: "sku", columns: &["on_hand", "reorder_level"] },
    Table { name: "reservations", context: "inventory", key: "sku", columns: &["order_id", "quantity"] },
    Table { name: "parcels", context: "shipping", key: "order_id", columns: &["status", "tracking_code"] },
];

/// A committed change of a row: its [`Table::columns`] before and after, joined by `|`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) table: String,
    pub(crate) op: String,
    pub(crate) was: String,
    pub(crate) now: String,
}

impl Change {
    /// The events that follow from it, as `models/shop/capture.storm` has them.
    pub(crate) fn events(&self) -> Vec<&'static str> {
        let column = |row: &str, index: usize| row.split('|').nth(index).unwrap_or_default().to_owned();
        let becomes = |status: &str| column(&self.was, 0) != status && column(&self.now, 0) == status;
        match (self.table.as_str(), self.op.as_str()) {
            ("orders", "inserted") => vec!["OrderPlaced"],
            ("orders", "updated") => {
                let events =
                    [("paid", "OrderPaid"), ("shipped", "OrderShipped"), ("cancelled", "OrderCancelled")];
                events.into_iter().filter(|(status, _)| becomes(status)).map(|(_, event)| event).collect()
            }
            ("refunds", "inserted") => vec!["PaymentRefunded"],
            ("reservations", "inserted") => vec!["StockReserved"],
            ("stock", "updated") => {
                let number = |row, index| column(row, index).parse::<u64>().unwrap_or_default();
                let low = |row| number(row, 0) < number(row, 1);
                if !low(&self.was) && low(&self.now) { vec!["StockFellLow"] } else { vec![] }
            }
            ("parcels", "inserted") => vec!["ParcelPacked"],
            ("parcels", "updated") if becomes("dispatched") => vec!["ParcelDispatched"],
            _ => vec![],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Change;

    fn change(table: &str, op: &str, was: &str, now: &str) -> Change {
        let [table, op, was, now] = [table, op, was, now].map(str::to_owned);
        Change { table, op, was, now }
    }

    #[test]
    fn a_change_is_the_events_that_the_model_says() {
        assert_eq!(change("orders", "inserted", "", "placed|1.00|||").events(), ["OrderPlaced"]);
        assert_eq!(
            change("orders", "updated", "placed|1.00|||", "cancelled|1.00|||x").events(),
            ["OrderCancelled"]
        );
        assert!(change("orders", "updated", "paid|1.00|||", "paid|1.00|n||").events().is_empty());
        assert_eq!(change("stock", "updated", "50|50", "49|50").events(), ["StockFellLow"]);
        assert!(change("stock", "updated", "49|50", "48|50").events().is_empty());
        assert!(change("parcels", "deleted", "packed|", "").events().is_empty());
    }
}
