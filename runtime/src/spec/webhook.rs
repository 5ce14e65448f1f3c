//! What a webhook's calls look like, as constants: where it is called, how a call proves where it comes from, and the fields
//! of its body that the model names.
//! It must not know: JSON, HTTP, or who calls.

use super::FieldSpec;

/// A webhook source.
#[derive(Debug)]
pub struct WebhookSpec {
    /// The source's name in the model, for example `paypal`.
    pub name: &'static str,
    /// Where it is called, for example `/paypal`.
    pub path: &'static str,
    /// The header that holds HMAC-SHA256 of the body under the secret; none: a call proves nothing.
    pub signature: Option<&'static str>,
    /// What a repeated call is known by.
    pub id: CallId,
    /// The raw record's `ce_type`: the full name of its protobuf message.
    pub message: &'static str,
    /// The fields that hold the aggregate's key, in the aggregate's order.
    pub key: &'static [&'static str],
    /// The body's fields that the model names, by the way to them: `data.object.id`.
    pub fields: &'static [FieldSpec],
}

/// Where a call's id stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallId {
    /// In this header.
    Header(&'static str),
    /// In this field of the body, by the way to it.
    Field(&'static str),
}
