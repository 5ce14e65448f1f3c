//! Ids that are the same after any replay, so that a reader which sees a record twice can tell.
//! It must not know: where the parts come from.

use uuid::Uuid;

/// `<instance>.<incarnation>/<gtid>`: a source's transaction; the correlation of what begins with it.
pub(crate) fn transaction(instance: &str, incarnation: u32, gtid: &str) -> String {
    format!("{instance}.{incarnation}/{gtid}")
}

/// `<transaction>/<database.table>/<ordinal>`: a raw record. The ordinal counts within that table and transaction.
pub(crate) fn raw(transaction: &str, database: &str, table: &str, ordinal: u32) -> String {
    format!("{transaction}/{database}.{table}/{ordinal}")
}

/// `<raw>/<capture>`: an event; in its pieces.
pub(crate) fn event<'i>(raw: &'i str, capture: &'i str) -> [&'i str; 3] {
    [raw, "/", capture]
}

/// The id of the command that a policy makes of an event.
pub(crate) fn command(event: &str, policy: &str, index: usize) -> String {
    let name = [event, "\n", policy, "\n", &index.to_string()].concat();
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

/// The id of a scheduled command's run.
pub(crate) fn scheduled(command: &str, due: &crate::Timestamp) -> String {
    let due = crate::wire::timestamp_text(due);
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{command}\n{due}").as_bytes()).to_string()
}

/// The id of a command that a caller asks for under a key of its own: a repeat has it again.
pub(crate) fn asked(command: &str, tenant: Option<&str>, key: &str) -> Uuid {
    let tenant = tenant.unwrap_or_default();
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{command}\n{tenant}\n{key}").as_bytes())
}

/// What tells one body from another.
pub(crate) fn fingerprint(body: &[u8]) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, body)
}

/// `<source>/webhook/<id>`, with the tenant before the id where there are any: a webhook's call as a raw record; a call that
/// is repeated has it again.
pub(crate) fn call(source: &str, tenant: Option<&str>, id: &str) -> String {
    match tenant {
        Some(tenant) => format!("{source}/webhook/{tenant}/{id}"),
        None => format!("{source}/webhook/{id}"),
    }
}

/// A record's key: the tenant, when the source has tenants, and the canonical aggregate key.
pub(crate) fn key(tenant: Option<&str>, aggregate: &str) -> String {
    match tenant {
        Some(tenant) => format!("{tenant}\u{1f}{aggregate}"),
        None => aggregate.to_owned(),
    }
}

/// `/<source>` or `/<source>/<tenant>`.
pub(crate) fn ce_source(source: &str, tenant: Option<&str>) -> String {
    match tenant {
        Some(tenant) => format!("/{source}/{tenant}"),
        None => format!("/{source}"),
    }
}

/// The tenant in a `ce_source`.
pub(crate) fn tenant(ce_source: &str) -> Option<&str> {
    ce_source.strip_prefix('/')?.split_once('/').map(|(_, tenant)| tenant)
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_spelled_as_promised() {
        let transaction = super::transaction("shop", 0, "0-11-7");
        let raw = super::raw(&transaction, "shop", "orders", 2);
        assert_eq!(super::event(&raw, "OrderPlaced").concat(), "shop.0/0-11-7/shop.orders/2/OrderPlaced");
        assert_eq!(super::command("e", "p", 0), super::command("e", "p", 0));
        assert_ne!(super::command("e", "p", 0), super::command("e", "p", 1));
        assert_eq!(super::asked("c", Some("t"), "k"), super::asked("c", Some("t"), "k"));
        assert_ne!(super::asked("c", Some("t"), "k"), super::asked("c", Some("u"), "k"));
        assert_ne!(super::asked("c", None, "k"), super::asked("d", None, "k"));
    }

    #[test]
    fn a_tenant_is_found_again() {
        assert_eq!(super::tenant(&super::ce_source("shop", Some("berlin"))), Some("berlin"));
        assert_eq!(super::tenant(&super::ce_source("shop", None)), None);
        assert_eq!(super::key(Some("berlin"), "42"), "berlin\u{1f}42");
    }
}
