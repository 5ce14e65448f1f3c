//! The spans of dispatch: a policy's reaction below its event, a command carried out below whoever asked for it.
//! It must not know: retries.

use std::borrow::Cow;

use crate::cloudevents::Envelope;
use crate::command::work::Order;
use crate::flow::Ground;
use crate::telemetry::{Role, Span};

/// A policy asks for this command because of this event.
pub(super) fn policy(ground: &Ground, event: &Envelope, name: &str, order: &Order) -> Option<Span> {
    if !ground.spans.is_on() {
        return None;
    }
    let span = ground.spans.begin(
        &order.lineage,
        Some(&event.lineage),
        &format!("policy {name}"),
        Role::Internal,
    )?;
    Some(span.with("storm.id", &order.id).with("storm.cause", &event.id))
}

/// A command is carried out. What follows from it stands below this span: its lineage says so where something is to
/// follow, or where someone watches.
pub(super) fn command<'o>(
    ground: &Ground,
    order: &'o Order,
    is_followed: bool,
) -> (Cow<'o, Order>, Option<Span>) {
    if !is_followed && !ground.spans.is_on() {
        return (Cow::Borrowed(order), None);
    }
    let carried_out = order.lineage.carried_out(&order.id);
    let span = ground.spans.is_on().then(|| {
        let name = format!("command {}", order.name.rsplit('.').next().unwrap_or_default());
        let span = ground.spans.begin(&carried_out, Some(&order.lineage), &name, Role::Consumer)?;
        Some(span.with("storm.id", &order.id).with("storm.type", &order.name))
    });
    (Cow::Owned(Order { lineage: carried_out, ..order.clone() }), span.flatten())
}

/// It is over: done, or failed with this code.
pub(super) fn end(ground: &Ground, span: Option<Span>, failed: Option<&str>) {
    ground.spans.end(span.map(|span| failed.into_iter().fold(span, Span::failed)));
}
