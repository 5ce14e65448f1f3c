//! The contract: what of a model is written down for others, with every name, number and topic settled. Artifacts
//! render it and decide nothing. It must not know any artifact.

mod extent;
mod messages;
mod rows;
mod settle;
mod words;

use storm_dsl::model::{
    Base, CommandId, ContextId, EnumId, EventId, Model, RecordId, SourceId, TableId, Type,
};
use storm_dsl::source::{SourceSet, Span};

use crate::names;
use crate::project::Project;
use crate::topics::TopicPlan;

pub(crate) use extent::{Extent, extents};
pub(crate) use settle::settle;

/// A whole system's contract.
pub(crate) struct Contract<'m> {
    pub model: &'m Model,
    pub sources: &'m SourceSet,
    pub project: &'m Project,
    /// Contexts of which anything is written, in the model's order.
    pub contexts: Vec<Context>,
}

/// A context's contract.
pub(crate) struct Context {
    pub id: ContextId,
    /// `Ordering`
    pub name: String,
    /// `ordering`
    pub slug: String,
    /// `shop.ordering.v1`
    pub package: String,
    pub doc: Option<String>,
    pub owner: Option<String>,
    pub extent: Extent,
    pub enums: Vec<EnumShape>,
    pub records: Vec<Message>,
    pub commands: Vec<Message>,
    pub events: Vec<Message>,
    pub rows: Vec<Row>,
    /// Databases its service captures from, in the model's order, with the tables that feed it.
    pub captures_from: Vec<Database>,
    pub topics: Vec<TopicPlan>,
}

/// A database that a context captures from.
pub(crate) struct Database {
    /// The source; none for the service's own database, which no source names.
    pub source: Option<SourceId>,
    pub name: String,
    pub databases: String,
    pub tenant: bool,
    pub place: Option<String>,
}

/// What a message stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Record(RecordId),
    Command(CommandId),
    Event(EventId),
}

/// An event, a command or a record.
pub(crate) struct Message {
    pub context: ContextId,
    pub of: Of,
    /// In proto and in Rust: `OrderPlaced`.
    pub name: String,
    pub doc: Option<String>,
    /// `ordering.storm:31`
    pub place: String,
    /// In the model's order.
    pub fields: Vec<Field>,
    pub reserved: Reserved,
    /// Indices of the key's fields.
    pub key: Vec<usize>,
    pub deprecated: Option<String>,
}

/// What may never be used again.
#[derive(Default)]
pub(crate) struct Reserved {
    pub numbers: Vec<u32>,
    pub names: Vec<String>,
}

/// A field of a message or a column of a row.
pub(crate) struct Field {
    /// As the model or the table says it.
    pub name: String,
    /// In proto.
    pub proto: String,
    pub number: u32,
    pub ty: Type,
    pub doc: Option<String>,
    pub pii: bool,
    pub deprecated: Option<String>,
}

/// An enum.
pub(crate) struct EnumShape {
    pub id: EnumId,
    pub name: String,
    pub doc: Option<String>,
    pub place: String,
    /// In the model's order.
    pub values: Vec<EnumShapeValue>,
    pub reserved: Reserved,
}

/// A value of an enum.
pub(crate) struct EnumShapeValue {
    /// As the model says it.
    pub name: String,
    pub number: u32,
    pub doc: Option<String>,
}

/// A captured table.
pub(crate) struct Row {
    pub table: TableId,
    /// `Orders`
    pub name: String,
    pub doc: Option<String>,
    /// `schema/shop.sql:3`
    pub place: String,
    pub columns: Vec<Column>,
    pub reserved: Reserved,
}

/// A column: its field in the row message, and how the runtime writes it.
pub(crate) struct Column {
    pub field: Field,
    pub wire: String,
}

impl Contract<'_> {
    /// The context with this id.
    ///
    /// # Panics
    /// When it has not reached contract depth: a check refuses to refer to it.
    pub(crate) fn context(&self, id: ContextId) -> &Context {
        self.contexts.iter().find(|context| context.id == id).unwrap_or_else(|| {
            panic!("`{}` is referred to by a contract and has none", self.model[id].head.name)
        })
    }

    /// The context an enum or a record belongs to, and its name.
    pub(crate) fn home(&self, base: &Base) -> (ContextId, String) {
        let head = match base {
            Base::Enum(id) => &self.model[*id].head,
            Base::Record(id) => &self.model[*id].head,
            _ => panic!("only enums and records have a home"),
        };
        let home = head.context.unwrap_or_else(|| panic!("`{}` stands outside of a context", head.name));
        (home, names::type_name(&head.name))
    }

    /// Contexts whose service is written.
    pub(crate) fn services(&self) -> impl Iterator<Item = &Context> {
        self.contexts.iter().filter(|context| context.extent == Extent::Service)
    }

    /// `ordering.storm:48`
    pub(crate) fn place(&self, span: Span) -> String {
        self.sources.place(span)
    }
}

impl Context {
    /// An event of this context.
    pub(crate) fn event(&self, id: EventId) -> &Message {
        self.events
            .iter()
            .find(|event| event.of == Of::Event(id))
            .unwrap_or_else(|| panic!("the event is this context's"))
    }

    /// A command of this context.
    pub(crate) fn command(&self, id: CommandId) -> &Message {
        let found = self.commands.iter().find(|command| command.of == Of::Command(id));
        found.unwrap_or_else(|| panic!("the command is this context's"))
    }

    /// The topic of a stream: `raw`, `events`, `commands`, `dead`.
    pub(crate) fn topic(&self, stream: &str) -> &TopicPlan {
        let found = self.topics.iter().find(|topic| topic.stream == stream);
        found.unwrap_or_else(|| panic!("every context has a topic for `{stream}`"))
    }

    /// Every message that others may see, in the order: types, commands, events.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.records.iter().chain(&self.commands).chain(&self.events)
    }
}

impl Row {
    /// `OrdersRow`
    pub(crate) fn row_message(&self) -> String {
        format!("{}Row", self.name)
    }

    /// `OrdersChange`
    pub(crate) fn change_message(&self) -> String {
        format!("{}Change", self.name)
    }
}
