//! What follows from all declarations together: by which door each event enters, what a table feeds and its key.

use super::Resolver;
use crate::check::capture::table_key;
use crate::model::{CaptureId, Entrance, Handler};

impl Resolver<'_> {
    pub(crate) fn reckon(&mut self) {
        let model = &mut self.model;
        for command in &model.commands {
            for event in &command.emits {
                model.events[event.0 as usize].entrance = Some(Entrance::Recorded);
            }
        }
        for event in &mut model.events {
            if let Some(Handler::Aggregate(id)) = event.raised_by
                && model.aggregates[id.0 as usize].sourced.is_some()
            {
                event.entrance = Some(Entrance::Sourced(id));
            }
        }
        let mut keys: Vec<Vec<String>> = Vec::with_capacity(model.captures.len());
        for capture in &model.captures {
            let columns = table_key::columns(model, capture).unwrap_or_default();
            keys.push(columns.into_iter().map(str::to_owned).collect());
        }
        for (index, (capture, key)) in model.captures.iter().zip(keys).enumerate() {
            let event = &mut model.events[capture.event.0 as usize];
            if !matches!(event.entrance, Some(Entrance::Capture(_) | Entrance::Sourced(_))) {
                event.entrance = Some(Entrance::Capture(CaptureId(index as u32)));
            }
            if let Some(table) = capture.table {
                let table = &mut model.tables[table.0 as usize];
                table.feeds = table.feeds.or(event.head.context);
                if table.key.is_empty() {
                    table.key = key;
                }
            }
        }
    }
}
