//! What the commands did, counted in the tables: each order is charged once, each line reserved once, each paid order
//! packed once, and the stock has lost what was reserved and no more.
//! It must not know: topics, services.

use std::collections::BTreeMap;

use crate::database::{Connection, Error};
use crate::ledger::Ledger;
use crate::load::{Asked, REAL, STOCK};
use crate::verdict::Verdict;

/// Adds to a verdict what the tables say against it.
///
/// # Errors
/// The database is not there.
pub(crate) fn judge(verdict: &mut Verdict, url: &str, ledger: &Ledger, asked: &[Asked]) -> Result<(), Error> {
    let mut connection = Connection::open(url)?;
    let recorded = |context: &str, name: &str, key: &str| {
        let name = format!("shop.{context}.v1.{name}");
        ledger.recorded.get(&(name, key.to_owned())).copied().unwrap_or_default()
    };
    let mut reserved: BTreeMap<String, u64> = BTreeMap::new();
    let mut taken: BTreeMap<String, u64> = BTreeMap::new();
    let query = "SELECT order_id, sku, quantity FROM reservations";
    for (order, sku, quantity) in connection.rows::<(String, String, u64)>(query)? {
        *reserved.entry(order).or_default() += 1;
        *taken.entry(sku).or_default() += quantity;
    }
    let parcels: Vec<String> = connection.rows("SELECT order_id FROM parcels")?;
    let orders = format!(
        "SELECT id, CAST(status AS CHAR), CAST(JSON_LENGTH(`lines`) AS UNSIGNED), CAST(total AS DOUBLE) FROM orders \
         WHERE email LIKE '%{REAL}'"
    );
    let orders: BTreeMap<String, (String, u64, f64)> = connection
        .rows::<(String, String, u64, f64)>(&orders)?
        .into_iter()
        .map(|(id, status, lines, total)| (id, (status, lines, total)))
        .collect();

    for (id, (status, lines, total)) in &orders {
        let (paid, refused) =
            (recorded("payments", "PaymentReceived", id), recorded("payments", "PaymentFailed", id));
        once(verdict, paid + refused, format!("the charge of the order {id}"));
        let covered = *total <= 1_000.0;
        let wanted = if covered { "paid" } else { "cancelled" };
        if status != wanted {
            verdict.lost(1, format!("the order {id} of {total} is {status}, not {wanted}"));
        }
        let count = reserved.get(id).copied().unwrap_or_default();
        if count != *lines {
            verdict.lost(1, format!("the order {id} has {lines} lines and {count} reservations"));
        }
        if covered && !parcels.contains(id) {
            verdict.lost(1, format!("the order {id} is not packed"));
        }
    }
    for Asked { id, acknowledged, valid } in asked {
        if *valid && *acknowledged && !orders.contains_key(id) {
            verdict.lost(1, format!("the order {id} was asked for and never placed"));
        }
        let rejected = recorded("ordering", "OrderRejected", id);
        if !valid && (*acknowledged || rejected > 0) {
            once(verdict, rejected, format!("the rejection of the order {id}"));
        }
    }
    for (sku, on_hand) in connection.rows::<(String, u64)>("SELECT sku, on_hand FROM stock")? {
        let Some((_, before)) = STOCK.iter().find(|(known, _)| *known == sku) else { continue };
        let (gone, taken) = (u64::from(*before) - on_hand, taken.get(&sku).copied().unwrap_or_default());
        if gone > taken {
            verdict.twice(1, format!("{gone} of {sku} left the shelf for {taken} reserved"));
        } else if gone < taken {
            verdict.lost(1, format!("{gone} of {sku} left the shelf for {taken} reserved"));
        }
    }
    Ok(())
}

fn once(verdict: &mut Verdict, times: usize, what: String) {
    match times {
        0 => verdict.lost(1, format!("{what} is missing")),
        1 => {}
        more => verdict.twice(more - 1, format!("{what} is there {more} times")),
    }
}
