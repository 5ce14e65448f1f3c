//! Which types hold all values of another: the only conversions that happen on their own.

use crate::model::{Base, ColumnKind, Type, ValueType};

/// May a value of one type be given where another is wanted, nothing lost?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Widening {
    Yes,
    /// Only when it is known to be set.
    IfSet,
    No,
}

/// From type to type.
pub(crate) fn widens(from: &Type, to: &Type) -> Widening {
    let lists = from.repeated || to.repeated;
    let fits =
        if lists { from.repeated == to.repeated && from.base == to.base } else { base(&from.base, &to.base) };
    match (fits, from.optional && !to.optional) {
        (false, _) => Widening::No,
        (true, true) => Widening::IfSet,
        (true, false) => Widening::Yes,
    }
}

fn base(from: &Base, to: &Base) -> bool {
    match (from, to) {
        (Base::I32, Base::I64)
        | (Base::U32, Base::U64 | Base::I64)
        | (Base::F32, Base::F64)
        | (Base::String { .. }, Base::String { most: None }) => true,
        (Base::String { most: Some(few) }, Base::String { most: Some(many) }) => few <= many,
        (Base::Decimal { precision: p1, scale: s1 }, Base::Decimal { precision: p2, scale: s2 }) => {
            s2 >= s1 && p2 - s2 >= p1 - s1
        }
        _ => from == to,
    }
}

/// Are they equal or not; do they have an order, if one is asked for?
pub(crate) fn comparable(one: &ValueType, other: &ValueType, ordered: bool) -> bool {
    match (one, other) {
        (ValueType::Model(one), ValueType::Model(other)) => {
            !one.repeated && !other.repeated && bases_compare(&one.base, &other.base, ordered)
        }
        (ValueType::Column { kind: one, .. }, ValueType::Column { kind: other, .. }) => {
            columns_compare(one, other, ordered)
        }
        _ => false,
    }
}

fn bases_compare(one: &Base, other: &Base, ordered: bool) -> bool {
    let has_equality = !matches!(one, Base::Json | Base::Bytes | Base::Record(_) | Base::Map(_));
    let has_order = matches!(
        one,
        Base::I32 | Base::I64 | Base::U32 | Base::U64 | Base::F32 | Base::F64 | Base::Decimal { .. }
    ) || matches!(one, Base::Date | Base::Time | Base::Timestamp | Base::Duration);
    let alike = match (one, other) {
        (Base::String { .. }, Base::String { .. }) | (Base::Decimal { .. }, Base::Decimal { .. }) => true,
        _ => base(one, other) || base(other, one),
    };
    alike && if ordered { has_order } else { has_equality }
}

fn columns_compare(one: &ColumnKind, other: &ColumnKind, ordered: bool) -> bool {
    let family = |kind: &ColumnKind| match kind {
        ColumnKind::Int32 | ColumnKind::Int64 | ColumnKind::Uint32 | ColumnKind::Uint64 => Some((1, true)),
        ColumnKind::Float | ColumnKind::Double => Some((2, true)),
        ColumnKind::Decimal { .. } => Some((3, true)),
        ColumnKind::Date => Some((4, true)),
        ColumnKind::Time => Some((5, true)),
        ColumnKind::Timestamp { .. } => Some((6, true)),
        ColumnKind::String { .. } | ColumnKind::Enum(_) => Some((7, false)),
        ColumnKind::Bool => Some((8, false)),
        ColumnKind::Uuid => Some((9, false)),
        ColumnKind::Bytes { .. } | ColumnKind::Json | ColumnKind::Set(_) | ColumnKind::Geometry => None,
    };
    match (family(one), family(other)) {
        (Some((one, has_order)), Some((other, _))) => one == other && (has_order || !ordered),
        _ => false,
    }
}

/// The type of a sum, difference or product; none if the two do not go together.
pub(crate) fn arithmetic(one: &Base, other: &Base, product: bool) -> Option<Base> {
    match (one, other) {
        (Base::Decimal { precision: p1, scale: s1 }, Base::Decimal { precision: p2, scale: s2 }) => {
            let (whole, scale) =
                if product { (p1 - s1 + p2 - s2, s1 + s2) } else { ((p1 - s1).max(p2 - s2), (*s1).max(*s2)) };
            let precision = (whole + scale).min(28);
            (scale <= 28).then_some(Base::Decimal { precision, scale })
        }
        (Base::I32 | Base::I64 | Base::U32 | Base::U64 | Base::F32 | Base::F64, _) => {
            if base(one, other) {
                Some(other.clone())
            } else if base(other, one) {
                Some(one.clone())
            } else {
                None
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_keeps_its_digits_on_both_sides_of_the_point() {
        let decimal = |precision, scale| Type::plain(Base::Decimal { precision, scale });
        assert_eq!(widens(&decimal(12, 2), &decimal(14, 4)), Widening::Yes);
        assert_eq!(widens(&decimal(12, 2), &decimal(12, 4)), Widening::No);
        assert_eq!(widens(&decimal(20, 4), &decimal(12, 2)), Widening::No);
    }

    #[test]
    fn what_may_be_absent_needs_a_guard() {
        let optional = Type { optional: true, ..Type::plain(Base::I32) };
        assert_eq!(widens(&optional, &Type::plain(Base::I64)), Widening::IfSet);
        assert_eq!(widens(&Type::plain(Base::I32), &optional), Widening::Yes);
        assert_eq!(widens(&Type::plain(Base::U32), &Type::plain(Base::I32)), Widening::No);
    }
}
