//! Which tables are wanted, and what the table ids of the stream stand for. A table map is read once: as long as the
//! bytes for an id stay the same, so does its shape; tables of one shape in many databases share it.
//! It must not know: rows or transactions.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::bookkeeping::{INBOX, OUTBOX};
use super::bytes::Malformed;
use super::shape::{Misfit, Shape};
use super::table_map::{self, Flavour};
use crate::spec::{SourceSpec, TableSpec};

/// What a table is to capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::source) enum Role {
    /// An index into the source's tables.
    Captured(usize),
    Inbox,
    Outbox,
}

/// A wanted table of the stream.
#[derive(Debug, Clone)]
pub(in crate::source) struct Table {
    pub database: Arc<str>,
    pub role: Role,
    pub shape: Arc<Shape>,
    /// One number a database and table, from 0.
    pub place: usize,
}

/// Why a table map cannot be used.
#[derive(Debug)]
pub(in crate::source) enum MapFault {
    Malformed(Malformed),
    Misfit { database: String, table: String, misfit: Misfit },
}

impl From<Malformed> for MapFault {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

#[derive(Debug)]
pub(in crate::source) struct Tables {
    spec: &'static SourceSpec,
    ids: HashMap<u64, Id>,
    shapes: HashMap<(Role, Box<[u8]>), Arc<Shape>>,
    places: HashMap<(Arc<str>, Role), usize>,
    unknown: HashSet<(&'static str, String)>,
}

#[derive(Debug)]
enum Id {
    /// A table that nobody wants.
    Passed,
    Wanted {
        map: Vec<u8>,
        table: Table,
    },
}

impl Tables {
    pub fn new(spec: &'static SourceSpec) -> Self {
        let (ids, shapes) = (HashMap::new(), HashMap::new());
        Self { spec, ids, shapes, places: HashMap::new(), unknown: HashSet::new() }
    }

    /// Takes note of a table map.
    ///
    /// # Errors
    /// It is damaged, or a wanted table does not fit the model.
    pub fn map(&mut self, body: &[u8], flavour: Flavour) -> Result<(), MapFault> {
        let head = table_map::head(body)?;
        if let Some(Id::Wanted { map, .. }) = self.ids.get(&head.table_id)
            && map == body
        {
            return Ok(());
        }
        let Some(role) = self.role(head.database, head.table) else {
            self.ids.insert(head.table_id, Id::Passed);
            return Ok(());
        };
        let shape = match self.shapes.get(&(role, head.columns.into())) {
            Some(shape) => Arc::clone(shape),
            None => self.shape(role, &head, flavour)?,
        };
        let database = Arc::<str>::from(head.database);
        let count = self.places.len();
        let place = *self.places.entry((Arc::clone(&database), role)).or_insert(count);
        let table = Table { database, role, shape, place };
        self.ids.insert(head.table_id, Id::Wanted { map: body.to_vec(), table });
        Ok(())
    }

    fn shape(
        &mut self,
        role: Role,
        head: &table_map::Head<'_>,
        flavour: Flavour,
    ) -> Result<Arc<Shape>, MapFault> {
        let spec = self.spec_of(role);
        let columns = table_map::columns(head.columns, flavour)?;
        let (shape, unknown) = Shape::bind(spec, columns).map_err(|misfit| MapFault::Misfit {
            database: head.database.to_owned(),
            table: head.table.to_owned(),
            misfit,
        })?;
        if let Role::Captured(_) = role {
            for column in unknown {
                if self.unknown.insert((spec.table, column.clone())) {
                    tracing::warn!(
                        table = spec.table,
                        column,
                        "a column that the model does not know is left out"
                    );
                }
            }
        }
        let shape = Arc::new(shape);
        self.shapes.insert((role, head.columns.into()), Arc::clone(&shape));
        Ok(shape)
    }

    /// The table of an id: `None` if the id was never described, `Some(None)` for a table that nobody wants.
    pub fn get(&self, id: u64) -> Option<Option<&Table>> {
        self.ids.get(&id).map(|id| match id {
            Id::Passed => None,
            Id::Wanted { table, .. } => Some(table),
        })
    }

    /// Forgets all ids: each file describes its tables anew.
    pub fn forget_ids(&mut self) {
        self.ids.clear();
    }

    /// Columns seen that the model does not know, each once.
    pub fn unknown_columns(&self) -> usize {
        self.unknown.len()
    }

    /// The table's name in the model.
    pub fn name(&self, role: Role) -> &'static str {
        self.spec_of(role).table
    }

    /// True when the name is that of a captured database.
    pub fn is_captured(&self, database: &str) -> bool {
        matches(self.spec.databases, database)
    }

    /// True when the name is that of a captured table.
    pub fn is_captured_table(&self, table: &str) -> bool {
        self.spec.tables.iter().any(|spec| spec.table.eq_ignore_ascii_case(table))
    }

    fn role(&self, database: &str, table: &str) -> Option<Role> {
        if !self.is_captured(database) {
            return None;
        }
        match self.spec.tables.iter().position(|spec| spec.table == table) {
            Some(index) => Some(Role::Captured(index)),
            None if table == INBOX.table => Some(Role::Inbox),
            None if table == OUTBOX.table => Some(Role::Outbox),
            None => None,
        }
    }

    fn spec_of(&self, role: Role) -> &'static TableSpec {
        match role {
            Role::Captured(index) => &self.spec.tables[index],
            Role::Inbox => &INBOX,
            Role::Outbox => &OUTBOX,
        }
    }
}

/// True when a database's name is one of the patterns, which are separated by commas and may end in `*`.
fn matches(patterns: &str, database: &str) -> bool {
    patterns.split(',').map(str::trim).any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => database.starts_with(prefix),
        None => database == pattern && !pattern.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_by_name_or_prefix() {
        assert!(matches("shop", "shop"));
        assert!(!matches("shop", "shop_a"));
        assert!(matches("shop_*", "shop_a"));
        assert!(matches("crm, shop_*", "crm"));
        assert!(!matches("", ""));
        assert!(matches("*", "anything"));
    }
}
