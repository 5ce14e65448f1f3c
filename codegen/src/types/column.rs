//! How a column is carried in a raw row: as the model's type that holds all of it. Its row of the type table does the
//! rest. It must not know which table the column is of.

use storm_dsl::model::{Base, ColumnKind, Type};

/// What a column is in the raw message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnRow {
    /// The model's type that holds every value of it; optional, as NULL is an absent field.
    pub ty: Type,
    /// The value of `storm_runtime::Wire`, as Rust text after `Wire::`.
    pub wire: String,
}

/// The row of a column. `as_uuid`: a CHAR(36) or BINARY(16) column that some capture reads as a uuid.
pub fn column_row(kind: &ColumnKind, as_uuid: bool) -> ColumnRow {
    let (base, wire) = match kind {
        ColumnKind::String { .. } | ColumnKind::Bytes { .. } if as_uuid => (Base::Uuid, "Uuid".to_owned()),
        ColumnKind::Bool => (Base::Bool, "Bool".into()),
        ColumnKind::Int32 => (Base::I32, "Int32".into()),
        ColumnKind::Int64 => (Base::I64, "Int64".into()),
        ColumnKind::Uint32 => (Base::U32, "Uint32".into()),
        ColumnKind::Uint64 => (Base::U64, "Uint64".into()),
        ColumnKind::Float => (Base::F32, "Float".into()),
        ColumnKind::Double => (Base::F64, "Double".into()),
        ColumnKind::Decimal { precision, scale } => {
            let wire = format!("Decimal {{ scale: {scale} }}");
            // More digits than the exact type holds stay text: nobody can map them, and nothing is lost.
            let exact = Base::Decimal { precision: *precision, scale: *scale };
            (if *precision > 28 { TEXT } else { exact }, wire)
        }
        ColumnKind::String { .. } => (TEXT, "String".into()),
        ColumnKind::Bytes { .. } | ColumnKind::Geometry => (Base::Bytes, "Bytes".into()),
        ColumnKind::Uuid => (Base::Uuid, "Uuid".into()),
        ColumnKind::Date => (Base::Date, "Date".into()),
        ColumnKind::Time => (Base::Duration, "Time".into()),
        ColumnKind::Timestamp { .. } => (Base::Timestamp, "Timestamp".into()),
        // Text until a translation reads it: a JSON column may feed a record or a list.
        ColumnKind::Json => (TEXT, "Json".into()),
        ColumnKind::Enum(_) => (TEXT, "Enum".into()),
        ColumnKind::Set(_) => (TEXT, "Set".into()),
    };
    ColumnRow { ty: Type { base, repeated: false, optional: true }, wire }
}

const TEXT: Base = Base::String { most: None };

/// True when a reader of the type now reads the bytes of the earlier one alike; both in the lock's words.
pub fn same_wire(earlier: &str, now: &str) -> bool {
    earlier == now || matches!((earlier, now), ("i32", "i64") | ("u32", "u64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_decimals_stay_text_and_narrow_ones_exact() {
        let wide = column_row(&ColumnKind::Decimal { precision: 65, scale: 30 }, false);
        assert_eq!((wide.ty.base, wide.wire.as_str()), (TEXT, "Decimal { scale: 30 }"));
        let narrow = column_row(&ColumnKind::Decimal { precision: 12, scale: 2 }, false);
        assert_eq!(narrow.ty.base, Base::Decimal { precision: 12, scale: 2 });
    }

    #[test]
    fn a_field_keeps_its_number_only_when_old_bytes_read_alike() {
        assert!(same_wire("i32", "i64"));
        assert!(!same_wire("i64", "i32"));
        assert!(!same_wire("string", "bytes"));
    }
}
