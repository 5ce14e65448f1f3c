//! A value that does not convert, as data: it travels to the dead letters and the metrics, never to a panic.
//! It must not know: the value itself. A refusal names the field and what is wrong with it, so that nothing a row holds
//! reaches a log.

/// Why a value was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A stable code, for example `V-102`; the list is in `docs/codes.md`.
    pub code: &'static str,
    /// The field, or empty when it is the whole message.
    pub field: String,
    /// What is wrong, without the value.
    pub what: String,
    /// What to do.
    pub help: String,
}

impl Refusal {
    /// A refusal with a code and words of your own. Neither may hold the value.
    pub fn new(code: &'static str, field: &str, what: &str, help: &str) -> Self {
        Self { code, field: field.into(), what: what.into(), help: help.into() }
    }

    /// A field that must be there is not.
    pub fn missing(field: &str) -> Self {
        let help = "send the field, or make it optional in the model with `?`";
        Self::new("V-101", field, "is missing", help)
    }

    /// The text of a field is not of its type. `kind` is the model's word for it, for example `uuid`.
    pub fn not_a(kind: &str, field: &str) -> Self {
        Self::new("V-102", field, &format!("does not hold a {kind}"), "correct the writer of this field")
    }

    /// A number that this version of the model has no name for.
    pub fn unknown_number(field: &str) -> Self {
        let help = "the writer is newer than this service: deploy the newer model here first";
        Self::new("V-103", field, "holds a number that the model has no name for", help)
    }

    /// An enum without a value: zero on the wire.
    pub fn unspecified(field: &str) -> Self {
        Self::new(
            "V-104",
            field,
            "has no value (`_UNSPECIFIED`)",
            "set one of the enum's values before sending",
        )
    }

    /// The bytes are not the message they claim to be.
    pub fn garbled(message: &str) -> Self {
        let what = format!("the body is not a `{message}`");
        Self::new(
            "V-105",
            "",
            &what,
            "look at the writer of this topic; the bytes are kept in the dead letter",
        )
    }

    /// The value is of the right type and outside of what can be carried without loss.
    pub fn out_of_range(field: &str) -> Self {
        Self::new("V-106", field, "is out of range", "widen the type in the model, or correct the row")
    }

    /// What is wrong with which field, in words.
    pub fn reason(&self) -> String {
        if self.field.is_empty() { self.what.clone() } else { format!("`{}` {}", self.field, self.what) }
    }

    /// The same refusal, one level further out: `lines` and `price` become `lines.price`.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        self.field = if self.field.is_empty() { outer.into() } else { format!("{outer}.{}", self.field) };
        self
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} (help: {})", self.code, self.reason(), self.help)
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::Refusal;

    #[test]
    fn names_the_way_to_the_field() {
        let refusal = Refusal::missing("price").within("lines").within("order");
        assert_eq!(refusal.field, "order.lines.price");
        assert!(refusal.to_string().starts_with("V-101: `order.lines.price` is missing"));
    }
}
