//! From a type as written to the type it means.

use super::{At, Resolver, Symbol};
use crate::check::types::{type_arguments, type_shape, unknown_type};
use crate::model::{Base, Type};
use crate::syntax::tree::{Count, Path, TypeBase, TypeRef};

/// The built-in types, as they are written.
pub(crate) const BUILT_IN: [&str; 16] = [
    "bool",
    "i32",
    "i64",
    "u32",
    "u64",
    "f32",
    "f64",
    "decimal",
    "string",
    "bytes",
    "uuid",
    "date",
    "time",
    "timestamp",
    "duration",
    "json",
];

/// The most digits that a decimal may have: what an exact 96-bit decimal holds.
pub(crate) const MOST_DIGITS: u64 = 28;

impl Resolver<'_> {
    /// The type that is meant, or a report.
    pub(crate) fn type_of(&mut self, at: At, written: &TypeRef) -> Option<Type> {
        let base = match &written.base {
            TypeBase::Named { path, arguments } => self.named_type(at, path, arguments)?,
            TypeBase::Map { key, value } => {
                if !is_string(key) {
                    self.report(type_shape::map_key(key.span));
                    return None;
                }
                let value_type = self.type_of(at, value)?;
                let nested = matches!(value_type.base, Base::Map(_));
                if nested || value_type.repeated || value_type.optional {
                    self.report(type_shape::map_value(value.span));
                    return None;
                }
                Base::Map(Box::new(value_type))
            }
        };
        if written.repeated && written.optional {
            self.report(type_shape::optional_list(written.span));
            return None;
        }
        if matches!(base, Base::Map(_)) && (written.repeated || written.optional) {
            self.report(type_shape::many_maps(written.span));
            return None;
        }
        Some(Type { base, repeated: written.repeated, optional: written.optional })
    }

    fn named_type(&mut self, at: At, path: &Path, arguments: &[Count]) -> Option<Base> {
        if let [name] = path.names.as_slice()
            && BUILT_IN.contains(&name.text.as_str())
        {
            return match built_in(&name.text, arguments) {
                Ok(base) => Some(base),
                Err(why) => {
                    self.report(type_arguments::wrong(&name.text, path.span(), arguments, &why));
                    None
                }
            };
        }
        if let [name] = path.names.as_slice()
            && self.peek(at, &path.names).is_none()
        {
            let doubtful = at.context.map_or(self.doubts.damaged, |id| self.doubts.contexts.contains(&id));
            if !doubtful {
                let diagnostic = self.unknown_type(at, name);
                self.report(diagnostic);
            }
            return None;
        }
        let pick = |symbol| match symbol {
            Symbol::Enum(id) => Some(Base::Enum(id)),
            Symbol::Record(id) => Some(Base::Record(id)),
            _ => None,
        };
        let base = self.find(at, path, pick, unknown_type::not_a_type)?;
        if let Some(first) = arguments.first() {
            let why = "it takes none";
            self.report(type_arguments::wrong(&path.text(), first.span, &[], why));
            return None;
        }
        Some(base)
    }

    fn unknown_type(&self, at: At, name: &crate::syntax::tree::Name) -> crate::diagnostic::Diagnostic {
        let types = |symbol: &Symbol| matches!(symbol, Symbol::Enum(_) | Symbol::Record(_));
        let table = self.names.table(at.context);
        let mut known: Vec<&str> =
            table.iter().filter(|(_, symbol)| types(symbol)).map(|(name, _)| name.as_str()).collect();
        known.sort_unstable();
        known.extend(BUILT_IN);
        let elsewhere = self.names.everywhere.get(&name.text).and_then(|contexts| {
            contexts.iter().find(|id| self.names.table(Some(**id)).get(&name.text).is_some_and(types))
        });
        unknown_type::unknown(name, known, elsewhere.map(|id| self.model[*id].head.name.as_str()))
    }
}

fn is_string(key: &TypeRef) -> bool {
    let TypeBase::Named { path, arguments } = &key.base else { return false };
    path.text() == "string" && arguments.is_empty() && !key.repeated && !key.optional
}

fn built_in(name: &str, arguments: &[Count]) -> Result<Base, String> {
    let base = match (name, arguments) {
        ("decimal", [precision, scale]) => return decimal(precision.value, scale.value),
        ("decimal", _) => {
            return Err("it takes all digits and those after the point: `decimal(12, 2)`".into());
        }
        ("string", []) => Base::String { most: None },
        ("string", [most]) => match u32::try_from(most.value) {
            Ok(most) if most > 0 => Base::String { most: Some(most) },
            _ => return Err("a string has at least 1 and at most 4294967295 characters".into()),
        },
        ("string", _) => return Err("it takes one number, the most characters: `string(40)`".into()),
        (_, [_, ..]) => return Err("it takes none".into()),
        ("bool", _) => Base::Bool,
        ("i32", _) => Base::I32,
        ("i64", _) => Base::I64,
        ("u32", _) => Base::U32,
        ("u64", _) => Base::U64,
        ("f32", _) => Base::F32,
        ("f64", _) => Base::F64,
        ("bytes", _) => Base::Bytes,
        ("uuid", _) => Base::Uuid,
        ("date", _) => Base::Date,
        ("time", _) => Base::Time,
        ("timestamp", _) => Base::Timestamp,
        ("duration", _) => Base::Duration,
        ("json", _) => Base::Json,
        _ => return Err("it is no built-in type".into()),
    };
    Ok(base)
}

fn decimal(precision: u64, scale: u64) -> Result<Base, String> {
    if precision == 0 || precision > MOST_DIGITS {
        return Err(format!("a decimal has 1 to {MOST_DIGITS} digits, not {precision}"));
    }
    if scale > precision {
        return Err(format!("{scale} digits after the point do not fit in {precision} digits"));
    }
    Ok(Base::Decimal { precision: precision as u8, scale: scale as u8 })
}
