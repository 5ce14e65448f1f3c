//! Paths to values: `event.lines`, `line.sku`, `new.status`.

use storm_dsl::model::{Base, Expr, ExprKind, Place, Root, ValueType};

use super::{Absent, Scope};
use crate::names;
use crate::types::is_copy;

/// A path in Rust.
pub(super) struct PlaceCode {
    pub code: String,
    pub form: Form,
    /// The type in which Rust holds it.
    pub rep: Base,
    pub copy: bool,
    /// The last name of the path, for refusals.
    pub field: String,
}

/// What the path yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A place of type `T`.
    Plain,
    /// A place of type `Option<T>`.
    Optional,
    /// A value of type `Option<&T>`: there is an optional record on the way.
    Reached,
}

impl Scope<'_> {
    pub(super) fn place_of(&self, expr: &Expr) -> PlaceCode {
        match &expr.kind {
            ExprKind::Place(place) => self.place(place),
            other => panic!("a place was proven to stand here: {other:?}"),
        }
    }

    /// A list to run through; one that stands in an optional record is empty when the record is absent.
    pub(in super::super) fn list(&self, expr: &Expr) -> String {
        let place = self.place_of(expr);
        match place.form {
            Form::Plain => place.code,
            Form::Optional | Form::Reached => format!("{}.into_iter().flatten()", place.code),
        }
    }

    fn place(&self, place: &Place) -> PlaceCode {
        let root = match place.root {
            Root::Event | Root::NamedEvent(_) => "event".to_owned(),
            Root::Element => names::variable(self.element.as_deref().unwrap_or_default()),
            Root::NewRow => "new".into(),
            Root::OldRow => "old".into(),
        };
        if let (Root::NewRow | Root::OldRow, Some(row)) = (&place.root, self.row) {
            let (name, _) =
                place.fields.first().unwrap_or_else(|| panic!("a row is not a value, its columns are"));
            let found = row.columns.iter().find(|column| column.field.name == *name);
            let column = found.unwrap_or_else(|| panic!("the column `{name}` was proven to exist"));
            return PlaceCode {
                code: format!("{root}.{}", names::rust(&column.field.proto)),
                form: Form::Optional,
                copy: is_copy(&column.field.ty),
                rep: column.field.ty.base.clone(),
                field: column.field.proto.clone(),
            };
        }
        self.steps(root, &place.fields)
    }

    fn steps(&self, root: String, fields: &[(String, ValueType)]) -> PlaceCode {
        let (mut code, mut form) = (root, Form::Plain);
        let (mut rep, mut copy, mut field) = (Base::Bool, false, String::new());
        for (name, ty) in fields {
            let ValueType::Model(ty) = ty else { panic!("`{name}` is a field of a message") };
            field = names::field(name);
            let step = names::rust(&field);
            let optional = ty.optional && !ty.repeated;
            (code, form) = match (form, optional) {
                (Form::Plain, _) => {
                    (format!("{code}.{step}"), if optional { Form::Optional } else { Form::Plain })
                }
                (_, true) => {
                    (format!("{}.and_then(|it| it.{step}.as_ref())", reached(&code, form)), Form::Reached)
                }
                (_, false) => (format!("{}.map(|it| &it.{step})", reached(&code, form)), Form::Reached),
            };
            rep = ty.base.clone();
            copy = is_copy(ty);
        }
        // `for each tag in tags`: the element itself is the value, a reference.
        if fields.is_empty() {
            code = format!("*{code}");
        }
        PlaceCode { code, form, rep, copy, field }
    }
}

fn reached(code: &str, form: Form) -> String {
    if form == Form::Optional { format!("{code}.as_ref()") } else { code.to_owned() }
}

impl PlaceCode {
    /// The value, when it must be there: copied, or borrowed as its place or `&str`.
    pub(super) fn there(&self, absent: Absent) -> String {
        if self.form == Form::Plain {
            return self.code.clone();
        }
        settled(self.borrowed_option(), &self.field, absent)
    }

    /// `Option<T>` of what is copied, `Option<&str>` of a text.
    pub(super) fn borrowed_option(&self) -> String {
        match (self.form, self.copy) {
            (Form::Plain, _) => panic!("only what may be absent is an option"),
            (Form::Optional, true) => self.code.clone(),
            (Form::Reached, true) => format!("{}.copied()", self.code),
            (Form::Optional, false) => format!("{}.as_deref()", self.code),
            (Form::Reached, false) => format!("{}.map(String::as_str)", self.code),
        }
    }

    /// The value, owned: `T` of a plain place, else `Option<T>`.
    pub(super) fn owned(&self) -> String {
        match (self.form, self.copy) {
            (Form::Plain | Form::Optional, true) => self.code.clone(),
            (Form::Plain | Form::Optional, false) => format!("{}.clone()", self.code.trim_start_matches('*')),
            (Form::Reached, true) => format!("{}.copied()", self.code),
            (Form::Reached, false) => format!("{}.cloned()", self.code),
        }
    }
}

/// An option that must hold something.
pub(super) fn settled(option: String, field: &str, absent: Absent) -> String {
    match absent {
        Absent::Default => format!("{option}.unwrap_or_default()"),
        Absent::Leave => format!("{option}?"),
        Absent::Refuse => format!("required(\"{field}\", {option})?"),
    }
}
