//! How a name of the model is spelled in proto, Rust, SQL and Kafka: only here.
//! It must not know what the name stands for in the model.

use heck::{ToKebabCase, ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};

/// The unit separator between the parts of a key.
pub const KEY_SEPARATOR: &str = "\\u{1f}";

/// A system or context in packages, topics, folders and ids: `OrderEntry` is `order_entry`.
pub fn slug(name: &str) -> String {
    identifier(&name.to_snake_case())
}

/// The proto package of a context: `shop.ordering.v1`.
pub fn package(system: &str, context: &str, version: u32) -> String {
    format!("{}.{}.v{version}", slug(system), slug(context))
}

/// The folder of a context's proto files: `proto/shop/ordering/v1`.
pub fn proto_folder(system: &str, context: &str, version: u32) -> String {
    package(system, context, version).replace('.', "/")
}

/// A message, an enum or a type, in proto and in Rust: as written when it is in camel case already.
pub fn type_name(name: &str) -> String {
    let camel =
        name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric());
    if camel { name.to_owned() } else { ascii(name).to_upper_camel_case() }
}

/// A message as prost spells it in Rust.
pub fn wire_type(proto: &str) -> String {
    proto.to_upper_camel_case()
}

/// A field in proto, which is also its name in the lock; columns may hold any letters.
pub fn field(name: &str) -> String {
    identifier(&ascii(name).to_snake_case())
}

/// A field, function or module in Rust, with keywords escaped.
pub fn rust(name: &str) -> String {
    match name {
        "self" | "super" | "crate" | "_" => format!("{name}_"),
        _ if KEYWORDS.contains(&name) => format!("r#{name}"),
        _ => name.to_owned(),
    }
}

/// The variable of `for each` in Rust: it may not hide what else is in scope.
pub fn variable(name: &str) -> String {
    let name = field(name);
    if matches!(name.as_str(), "event" | "holds") { format!("{name}_") } else { rust(&name) }
}

/// A value of an enum in proto: `ORDER_STATUS_PLACED`.
pub fn enum_value(enum_name: &str, value: &str) -> String {
    format!("{}_{}", enum_name.to_shouty_snake_case(), ascii(value).to_shouty_snake_case())
}

/// A value of an enum in Rust: `Placed`.
pub fn variant(value: &str) -> String {
    let camel = ascii(value).to_upper_camel_case();
    match camel.as_str() {
        "Self" => "Self_".into(),
        _ if camel.starts_with(|c: char| c.is_ascii_digit()) => format!("V{camel}"),
        _ => camel,
    }
}

/// A function, module or handler in Rust, of a message's name: `place_order`.
pub fn function(name: &str) -> String {
    rust(&name.to_snake_case())
}

/// A constant or static in Rust: `ORDERING`.
pub fn constant(name: &str) -> String {
    identifier(&ascii(name).to_shouty_snake_case())
}

/// A table's row struct: `order_lines` is `OrderLines`.
pub fn table(name: &str) -> String {
    let camel = ascii(name).to_upper_camel_case();
    if camel.starts_with(|c: char| c.is_ascii_digit()) { format!("T{camel}") } else { camel }
}

/// The crate of a context: `order-entry-service`.
pub fn crate_name(context: &str) -> String {
    format!("{}-service", slug(context).to_kebab_case())
}

/// The same crate in Rust code: `order_entry_service`.
pub fn crate_path(context: &str) -> String {
    crate_name(context).replace('-', "_")
}

/// The crate that runs the whole system in one process: `shop-demo`.
pub fn demo_crate(system: &str) -> String {
    format!("{}-demo", slug(system).to_kebab_case())
}

/// The default name of a context's topic.
pub fn topic(context: &str, stream: &str) -> String {
    match stream {
        "raw" => format!("priv_{}", slug(context)),
        _ => format!("{}_{stream}", slug(context)),
    }
}

/// The topic that holds a source's position.
pub fn progress_topic(raw: &str, source: &str) -> String {
    format!("{raw}.{source}.progress")
}

/// The topic that holds the last due times of a context's scheduled commands.
pub fn schedule_topic(raw: &str) -> String {
    format!("{raw}.schedule")
}

/// The topic that holds the shapes of a context's captured tables.
pub fn shapes_topic(raw: &str) -> String {
    format!("{raw}.shapes")
}

/// The topic that remembers what of a context has begun.
pub fn begun_topic(raw: &str) -> String {
    format!("{raw}.begun")
}

/// The crate of a system's public types: `shop-events`.
pub fn events_crate(system: &str) -> String {
    format!("{}-events", slug(system).to_kebab_case())
}

/// The same as a path in Rust: `shop_events`.
pub fn events_path(system: &str) -> String {
    events_crate(system).replace('-', "_")
}

/// A name of a Kubernetes resource: small letters, digits, `-` and `.`.
pub fn resource(name: &str) -> String {
    let letters = name.chars().map(|c| match c {
        'A'..='Z' => c.to_ascii_lowercase(),
        'a'..='z' | '0'..='9' | '.' | '-' => c,
        _ => '-',
    });
    letters.collect::<String>().trim_matches(['-', '.']).to_owned()
}

/// Letters that no identifier may hold become `_`.
fn ascii(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// A name that may start an identifier.
fn identifier(name: &str) -> String {
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("n{name}")
    } else {
        name.to_owned()
    }
}

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_as_each_language_wants_them() {
        assert_eq!(package("my-shop", "OrderEntry", 1), "my_shop.order_entry.v1");
        assert_eq!(crate_name("OrderEntry"), "order-entry-service");
        assert_eq!(crate_path("OrderEntry"), "order_entry_service");
        assert_eq!(enum_value("OrderStatus", "in transit"), "ORDER_STATUS_IN_TRANSIT");
        assert_eq!(topic("Ordering", "raw"), "priv_ordering");
        assert_eq!(topic("Ordering", "events"), "ordering_events");
        assert_eq!(table("order_lines"), "OrderLines");
        assert_eq!(type_name("HTTPError"), "HTTPError");
        assert_eq!(type_name("order_placed"), "OrderPlaced");
    }

    #[test]
    fn keywords_and_odd_columns_become_identifiers() {
        assert_eq!(rust("type"), "r#type");
        assert_eq!(rust("self"), "self_");
        assert_eq!(field("2nd-größe"), "n2nd_gr_e");
        assert_eq!(field("orderId"), "order_id");
        assert_eq!(variant("2xl"), "V2xl");
    }
}
