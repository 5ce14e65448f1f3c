//! In-memory transactions for a context's handlers: what they record goes to the raw topic, as an outbox row would that
//! is captured.
//! It must not know: who prints it.

use std::sync::Arc;

use chrono::Utc;

use crate::cloudevents::Envelope;
use crate::command::work::Transactions;
use crate::command::work::memory::{Committed, MemoryWork};
use crate::failure::Failure;
use crate::flow::Ground;
use crate::id;
use crate::log::Draft;
use crate::log::kafka::Producer;
use crate::service::Service;
use crate::telemetry::Role;
use crate::telemetry::hop::Hop;

pub(crate) fn transactions(ground: &Ground, service: &Service, producer: Arc<Producer>) -> Transactions {
    let source = service.captures.first().map_or(ground.spec.slug, |capture| capture.source.name);
    let ground = ground.clone();
    Transactions::Memory(MemoryWork::new(Box::new(move |committed| {
        let (ground, producer) = (ground.clone(), producer.clone());
        Box::pin(async move { hand_over(&ground, source, &producer, committed).await })
    })))
}

async fn hand_over(
    ground: &Ground,
    source: &str,
    producer: &Producer,
    committed: Committed,
) -> Result<(), Failure> {
    let Committed { order, recorded, .. } = committed;
    let tenant = order.tenant.as_deref();
    let transaction = id::transaction(source, 1, &format!("twin/{}", order.id));
    for (ordinal, event) in (0..).zip(recorded) {
        let raw = id::raw(&transaction, source, crate::flow::capture::OUTBOX, ordinal);
        let (context, correlation) = (ground.spec.slug, order.lineage.correlation.as_str());
        let hop = Hop {
            hop: "recorded",
            context,
            id: &raw,
            cause: &order.id,
            name: event.message,
            ..Hop::default()
        };
        Hop { key: &event.key, correlation, ..hop }.tell();
        let envelope = Envelope {
            name: event.message.into(),
            source: id::ce_source(source, tenant),
            time: crate::wire::timestamp_text(&Utc::now()),
            lineage: order.lineage.following(&order.id, &raw, order.lineage.hop),
            id: raw,
        };
        let draft = Draft {
            topic: ground.spec.topics.raw.name.into(),
            key: Some(id::key(tenant, &event.key).into_bytes()),
            headers: envelope.headers(),
            body: Some(event.body),
        };
        let name = format!("record {}", event.message.rsplit('.').next().unwrap_or_default());
        let span = ground.spans.begin(&envelope.lineage, Some(&order.lineage), &name, Role::Producer);
        producer.send(&draft).await?;
        ground.spans.end(span.map(|span| span.with("storm.id", &envelope.id)));
        if let Some(activity) = &ground.activity {
            activity.sent(&draft.topic, 1);
        }
    }
    Ok(())
}
