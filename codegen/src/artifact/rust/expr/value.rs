//! Values that are given to fields: owned, in the field's type.

use storm_dsl::model::{Base, ColumnKind, Expr, ExprKind, Literal, Type, ValueType};

use super::place::{Form, PlaceCode, settled};
use super::{Absent, Scope, literal_base, widen_path, widened};

impl Scope<'_> {
    /// The value for a field of this type; `field` is the field's name, for refusals.
    pub(in super::super) fn value(&self, expr: &Expr, target: &Type, field: &str) -> String {
        let (code, optional) = match &expr.kind {
            ExprKind::Place(_) => self.placed(expr, target, field),
            ExprKind::Literal(Literal::Text(text)) if matches!(target.base, Base::String { .. }) => {
                (if text.is_empty() { "String::new()".into() } else { format!("{text:?}.to_owned()") }, false)
            }
            ExprKind::Literal(value) => (self.literal(value, &target.base), false),
            _ => {
                let from = literal_base(&expr.ty);
                (widened(self.operand(expr), &from, &target.base).text, false)
            }
        };
        match (optional, target.optional && !target.repeated) {
            (false, true) => format!("Some({code})"),
            _ => code,
        }
    }

    /// A place's value, and whether it is an option.
    fn placed(&self, expr: &Expr, target: &Type, field: &str) -> (String, bool) {
        let place = self.place_of(expr);
        let keep = target.optional && !target.repeated;
        let crossing = match &expr.ty {
            ValueType::Column { kind, .. } => column_crossing(self, &place, kind, target, field),
            _ => widen_path(&place.rep, &target.base).map(|path| Crossing::Sure(path.into())),
        };
        if place.form == Form::Plain {
            let code = match crossing {
                Some(Crossing::Sure(path)) => format!("{path}({})", place.code),
                _ => place.owned(),
            };
            return (code, false);
        }
        let absent = if self.absent == Absent::Default { Absent::Leave } else { self.absent };
        match (crossing, keep) {
            (None, true) => (place.owned(), true),
            (None, false) => (settled(place.owned(), &place.field, absent), false),
            (Some(Crossing::Sure(path)), true) => (format!("{}.map({path})", place.borrowed_option()), true),
            (Some(Crossing::Sure(path)), false) => {
                (format!("{path}({})", settled(place.borrowed_option(), &place.field, absent)), false)
            }
            (Some(Crossing::Maybe(call)), true) => {
                (format!("{}.map(|it| {}).transpose()?", place.borrowed_option(), call("it")), true)
            }
            (Some(Crossing::Maybe(call)), false) => {
                let there = settled(place.borrowed_option(), &place.field, absent);
                (format!("{}?", call(&there)), false)
            }
        }
    }
}

/// How a column's value becomes a field's.
enum Crossing {
    /// A function that always succeeds.
    Sure(String),
    /// A call that may refuse; it gets its argument.
    Maybe(Box<dyn Fn(&str) -> String>),
}

fn column_crossing(
    scope: &Scope<'_>,
    place: &PlaceCode,
    kind: &ColumnKind,
    target: &Type,
    field: &str,
) -> Option<Crossing> {
    let maybe = |call: &'static str, field: &str| {
        let field = field.to_owned();
        Some(Crossing::Maybe(Box::new(move |it| format!("{call}(\"{field}\", {it})"))))
    };
    match (kind, &place.rep, &target.base) {
        (ColumnKind::Json, _, Base::Json) if !target.repeated => maybe("convert::json", field),
        (ColumnKind::Json, ..) => {
            let plain = Type { optional: false, ..target.clone() };
            let call = format!("convert::json::<{}>(\"{field}\", ", scope.spell.ty(&plain));
            Some(Crossing::Maybe(Box::new(move |it| format!("{call}{it})"))))
        }
        (ColumnKind::Enum(_), _, Base::Enum(_)) => {
            let call = format!(".parse().map_err(|refusal: Refusal| refusal.within(\"{field}\"))");
            Some(Crossing::Maybe(Box::new(move |it| format!("{it}{call}"))))
        }
        (_, Base::Uuid, Base::String { .. }) => {
            Some(Crossing::Maybe(Box::new(|it| format!("Ok::<_, Refusal>(convert::uuid_text(&{it}))"))))
        }
        (_, Base::Uuid, Base::Bytes) => {
            Some(Crossing::Maybe(Box::new(|it| format!("Ok::<_, Refusal>({it}.as_bytes().to_vec())"))))
        }
        (_, from, to) => widen_path(from, to).map(|path| Crossing::Sure(path.into())),
    }
}
