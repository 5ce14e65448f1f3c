//! Which columns a field can be filled from without loss.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Base, ColumnKind, Field, Model, Type};
use crate::source::Span;

/// A field holds every value of its column.
pub static RULE: Rule = Rule {
    code: "S0513",
    title: "a field can hold every value of the column it is filled from",
    explain: r#"Nothing is rounded, cut or wrapped on the way from a row to an event.

| column | fields |
|---|---|
| TINYINT(1), BOOL | bool |
| other integers | i32, i64, u32, u64, as wide and with the same sign |
| FLOAT, DOUBLE | f32 to f64, f64 |
| DECIMAL(p,s) | a decimal with as many digits on both sides of the point |
| CHAR, VARCHAR, TEXT | string, string(n) with n as large; CHAR(36), VARCHAR(36): uuid |
| ENUM | an enum with all its values; string |
| BINARY(16), UUID | uuid |
| BINARY, BLOB | bytes |
| DATE, DATETIME and TIMESTAMP | date, timestamp |
| JSON | json; a list, a `type` or a map: a row whose JSON has another shape is refused when it is read |
| TIME | duration: MySQL's runs from -838 to 838 hours |
| SET, GEOMETRY | nothing: read them in the database |

```storm
context Ordering {
  aggregate Order key id: string
  event OrderPlaced on Order { id, total: decimal(12, 2) }
}
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPlaced from shop.orders inserted { id, total }
```

```sql
CREATE TABLE orders (id CHAR(36) NOT NULL PRIMARY KEY, total DECIMAL(20,4) NOT NULL);
```

Mended:

```storm
context Ordering {
  aggregate Order key id: string
  event OrderPlaced on Order { id, total: decimal(20, 4) }
}
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPlaced from shop.orders inserted { id, total }
```
"#,
};

/// Can a field of this type hold every value of a column of this kind? If not, what would be lost.
pub(crate) fn fits(model: &Model, kind: &ColumnKind, ty: &Type) -> Result<(), String> {
    let composed = ty.repeated || matches!(ty.base, Base::Record(_) | Base::Map(_));
    if *kind == ColumnKind::Json && composed {
        return Ok(());
    }
    if ty.repeated {
        return Err("a column holds one value, and the field is a list".into());
    }
    let narrow = || Err("some values of the column would not fit".to_owned());
    match (kind, &ty.base) {
        (ColumnKind::Bool, Base::Bool)
        | (ColumnKind::Int32, Base::I32 | Base::I64)
        | (ColumnKind::Int64, Base::I64)
        | (ColumnKind::Uint32, Base::U32 | Base::U64 | Base::I64)
        | (ColumnKind::Uint64, Base::U64)
        | (ColumnKind::Float, Base::F32 | Base::F64)
        | (ColumnKind::Double, Base::F64)
        | (ColumnKind::String { .. } | ColumnKind::Enum(_), Base::String { most: None })
        | (ColumnKind::Bytes { .. }, Base::Bytes)
        | (ColumnKind::Uuid, Base::Uuid | Base::String { most: None })
        | (ColumnKind::String { most: Some(36) }, Base::Uuid)
        | (ColumnKind::Bytes { most: Some(16), fixed: true }, Base::Uuid)
        | (ColumnKind::Date, Base::Date)
        | (ColumnKind::Time, Base::Duration)
        | (ColumnKind::Timestamp { .. }, Base::Timestamp)
        | (ColumnKind::Json, Base::Json) => Ok(()),
        (ColumnKind::Bool, Base::I32 | Base::I64 | Base::U32 | Base::U64) => {
            Err("TINYINT(1) is read as a bool".into())
        }
        (ColumnKind::Int32 | ColumnKind::Int64, Base::U32 | Base::U64) => {
            Err("the column has negative values, and the field none".into())
        }
        (ColumnKind::Uint64, Base::I64) => {
            Err("the column's values from 9223372036854775808 on would not fit".into())
        }
        (ColumnKind::Int64 | ColumnKind::Uint64 | ColumnKind::Uint32, Base::I32 | Base::U32)
        | (ColumnKind::Double, Base::F32) => narrow(),
        (ColumnKind::Decimal { precision, scale }, Base::Decimal { precision: most, scale: places }) => {
            if scale > places {
                return Err(format!("{scale} digits after the point do not fit in {places}"));
            }
            if precision - scale > most - places {
                let (column, field) = (precision - scale, most - places);
                return Err(format!("{column} digits before the point do not fit in {field}"));
            }
            Ok(())
        }
        (ColumnKind::Decimal { precision, .. }, _) if *precision > 28 => {
            Err("a decimal holds at most 28 digits".into())
        }
        (ColumnKind::Float | ColumnKind::Double, Base::Decimal { .. }) => {
            Err("a floating number is not exact, and a decimal is".into())
        }
        (ColumnKind::String { most }, Base::String { most: Some(room) }) => match most {
            Some(most) if most <= room => Ok(()),
            Some(most) => Err(format!("the column holds {most} characters, and the field {room}")),
            None => {
                Err(format!("the column has no limit below 65535 characters, and the field holds {room}"))
            }
        },
        (ColumnKind::String { .. }, Base::Uuid) => Err("a uuid has 36 characters: CHAR(36)".into()),
        (ColumnKind::Bytes { .. }, Base::Uuid) => Err("a uuid has 16 bytes: BINARY(16)".into()),
        (ColumnKind::String { .. }, Base::Enum(_)) => {
            Err("a text may hold anything; an ENUM column holds the values it lists".into())
        }
        (ColumnKind::Enum(values), Base::Enum(id)) => {
            let known = |value: &&String| !model[*id].values.iter().any(|it| it.name == **value);
            match values.iter().find(known) {
                Some(value) => Err(format!("`{}` has no value `{value}`", model[*id].head.name)),
                None => Ok(()),
            }
        }
        (ColumnKind::Time, Base::Time) => {
            Err("a TIME runs from -838:59:59 to 838:59:59 and a time of day to 24:00; use `duration`".into())
        }
        (ColumnKind::Set(_), _) => Err("a SET holds several values at once, and no field does".into()),
        (ColumnKind::Geometry, _) => Err("a geometry has no type here".into()),
        _ => Err("they are of different kinds".into()),
    }
}

pub(crate) fn misfit(model: &Model, span: Span, kind: &ColumnKind, field: &Field, why: &str) -> Diagnostic {
    let (sql, ty) = (kind.sql(), model.type_name(&field.ty));
    Diagnostic::error(
        &RULE,
        span,
        format!("a column `{sql}` does not fit in `{}`, which is a `{ty}`", field.name),
    )
    .at(format!("`{sql}`"))
    .also(field.span, format!("`{ty}`"))
    .help(why.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken_ddl, clean_ddl};

    fn capture(ty: &str) -> String {
        format!(
            "context A {{ enum S {{ a, b, c }}\n aggregate G key id: u32\n event E on G {{ id, v: {ty} }} }}\n\
             source shop: mysql {{ schema \"schema/shop.sql\"\n tables t }}\n\
             capture A.E from shop.t inserted {{ id, «v» }}"
        )
    }

    #[test]
    fn the_table_of_what_fits() {
        for (sql, ty) in [
            ("TINYINT(1)", "bool"),
            ("SMALLINT", "i32"),
            ("INT UNSIGNED", "i64"),
            ("BIGINT UNSIGNED", "u64"),
            ("DECIMAL(12,2)", "decimal(14, 3)"),
            ("VARCHAR(20)", "string(20)"),
            ("CHAR(36)", "uuid"),
            ("BINARY(16)", "uuid"),
            ("ENUM('a','b')", "S"),
            ("ENUM('a','z')", "string"),
            ("DATETIME(6)", "timestamp"),
            ("TIME", "duration"),
            ("JSON", "json"),
        ] {
            let ddl = format!("CREATE TABLE t (id INT UNSIGNED PRIMARY KEY, v {sql} NOT NULL);");
            clean_ddl(&capture(ty).replace(['«', '»'], ""), &ddl);
        }
        for (sql, ty) in [
            ("BIGINT UNSIGNED", "i64"),
            ("DECIMAL(20,4)", "decimal(12, 2)"),
            ("DECIMAL(20,4)", "decimal(20, 5)"),
            ("VARCHAR(21)", "string(20)"),
            ("VARCHAR(20)", "uuid"),
            ("VARCHAR(20)", "S"),
            ("ENUM('a','z')", "S"),
            ("TIME", "time"),
            ("INT", "u32"),
            ("DOUBLE", "decimal(12, 2)"),
            ("SET('a')", "string"),
            ("JSON", "string"),
        ] {
            let ddl = format!("CREATE TABLE t (id INT UNSIGNED PRIMARY KEY, v {sql} NOT NULL);");
            broken_ddl("S0513", &capture(ty), &ddl);
        }
    }
}
