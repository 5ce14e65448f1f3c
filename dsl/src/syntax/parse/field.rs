//! Fields, types, and the values that fields get. It must not know which construct they belong to.

use super::build::Build;
use super::grammar::{Pair, Rule};
use crate::diagnostic::{self, Diagnostic};
use crate::syntax::tree::{Assign, Expr, Field, Name, Path, Projection, Then, TypeBase, TypeRef, Upcast};

pub(super) static DEFAULT_OUTSIDE_STATE: diagnostic::Rule = diagnostic::Rule {
    code: "S0116",
    title: "a default stands in `state` only",
    explain: "A message carries what happened: every field gets its value from the one who sends it, so that a default would hide a \
        forgotten one. Only the state of a sourced aggregate begins with something.\n\n\
        ```storm\nevent ItemAdded { quantity: u32 = 1 }\n```\n\nMended: leave the default away, or let the field be optional.\n\n\
        ```storm\nevent ItemAdded { quantity: u32? }\n```\n",
};

impl Build<'_> {
    /// A `field` of a message or view, where a default is refused.
    pub(super) fn field(&mut self, pair: Pair<'_>) -> Option<Field> {
        let mut field = self.state_field(pair)?;
        if let Some(default) = field.default.take() {
            let message = format!("`{}` has a default, which stands in `state` only", field.name.text);
            self.report(
                Diagnostic::error(&DEFAULT_OUTSIDE_STATE, default.span, message)
                    .help("remove it; a field that may be absent has a type with `?`"),
            );
        }
        Some(field)
    }

    /// A `field`, a `key_field`.
    pub(super) fn state_field(&mut self, pair: Pair<'_>) -> Option<Field> {
        let span = self.span(&pair);
        let (mut doc, mut annotations, mut name, mut ty) = (None, Vec::new(), None, None);
        let (mut default, mut renamed_from) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::doc => doc = Some(self.doc(part)),
                Rule::annotation => annotations.extend(self.annotation(part)),
                Rule::name => name = Some(self.name(&part)),
                Rule::type_ref => ty = self.type_ref(part),
                Rule::expr => default = Some(self.expr(part)),
                Rule::renamed => renamed_from = self.names(part).pop(),
                _ => {}
            }
        }
        Some(Field { doc, annotations, name: name?, ty, default, renamed_from, span })
    }

    /// The `key_field`s below a pair.
    pub(super) fn key_fields(&mut self, pair: Pair<'_>) -> Vec<Field> {
        let fields = pair.into_inner().filter(|part| part.as_rule() == Rule::key_field);
        fields.filter_map(|part| self.state_field(part)).collect()
    }

    fn type_ref(&mut self, pair: Pair<'_>) -> Option<TypeRef> {
        let span = self.span(&pair);
        let (mut base, mut repeated, mut optional) = (None, false, false);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::plain_type => base = self.plain_type(part),
                Rule::map_type => base = self.map_type(part),
                Rule::repeated => repeated = true,
                Rule::optional => optional = true,
                _ => {}
            }
        }
        Some(TypeRef { base: base?, repeated, optional, span })
    }

    fn plain_type(&mut self, pair: Pair<'_>) -> Option<TypeBase> {
        let (mut path, mut arguments) = (None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::path => path = Some(self.path(part)),
                Rule::count => arguments.push(self.count(&part)),
                _ => {}
            }
        }
        Some(TypeBase::Named { path: path?, arguments })
    }

    fn map_type(&mut self, pair: Pair<'_>) -> Option<TypeBase> {
        let mut types = pair.into_inner().filter(|part| part.as_rule() == Rule::inner_type);
        let key = Box::new(self.type_ref(types.next()?)?);
        let value = Box::new(self.type_ref(types.next()?)?);
        Some(TypeBase::Map { key, value })
    }

    /// The body of a command or event: its fields and upcasts.
    pub(super) fn record(&mut self, pair: Pair<'_>) -> (Vec<Field>, Vec<Upcast>) {
        let (mut fields, mut upcasts) = (Vec::new(), Vec::new());
        self.body(pair, Rule::record_line, |build, part| match part.as_rule() {
            Rule::field => fields.extend(build.field(part)),
            Rule::upcast => upcasts.extend(build.upcast(part)),
            _ => {}
        });
        (fields, upcasts)
    }

    fn upcast(&mut self, pair: Pair<'_>) -> Option<Upcast> {
        let span = self.span(&pair);
        let (mut from, mut assigns) = (None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::version => from = Some(self.version(&part)),
                Rule::assigns => assigns = self.assigns(part),
                _ => {}
            }
        }
        Some(Upcast { from: from?, assigns, span })
    }

    /// The body of what gets values: `{ order_id, total: line.total }`.
    pub(super) fn assigns(&mut self, pair: Pair<'_>) -> Vec<Assign> {
        self.values(pair, Rule::assign_line)
    }

    /// The body of a scenario's row, in which a value may change: `{ status: "placed" -> "paid" }`.
    pub(super) fn row_values(&mut self, pair: Pair<'_>) -> Vec<Assign> {
        self.values(pair, Rule::row_line)
    }

    fn values(&mut self, pair: Pair<'_>, line: Rule) -> Vec<Assign> {
        let mut assigns = Vec::new();
        self.body(pair, line, |build, part| {
            if matches!(part.as_rule(), Rule::assign | Rule::row_value) {
                assigns.extend(build.assign(part));
            }
        });
        assigns
    }

    fn assign(&mut self, pair: Pair<'_>) -> Option<Assign> {
        let mut name: Option<Name> = None;
        let mut values: [Option<Expr>; 2] = [None, None];
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::expr => values[usize::from(values[0].is_some())] = Some(self.expr(part)),
                _ => {}
            }
        }
        let [value, becomes] = values;
        Some(Assign { name: name?, value, becomes })
    }

    /// A clause that holds a `call`: `then Payments.ChargeCard { order_id }`.
    pub(super) fn then(&mut self, pair: Pair<'_>) -> Option<Then> {
        let span = self.span(&pair);
        let call = pair.into_inner().find(|part| part.as_rule() == Rule::call)?;
        let (command, assigns) = self.with_values(call)?;
        Some(Then { command, assigns, span })
    }

    /// A `projection`: `on OrderPlaced { status: placed }`.
    pub(super) fn projection(&mut self, pair: Pair<'_>) -> Option<Projection> {
        let span = self.span(&pair);
        let (event, assigns) = self.with_values(pair)?;
        Some(Projection { event, assigns, span })
    }

    fn with_values(&mut self, pair: Pair<'_>) -> Option<(Path, Vec<Assign>)> {
        let (mut path, mut assigns) = (None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::path => path = Some(self.path(part)),
                Rule::assigns => assigns = self.assigns(part),
                _ => {}
            }
        }
        Some((path?, assigns))
    }
}
