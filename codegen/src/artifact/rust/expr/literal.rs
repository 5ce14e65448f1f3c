//! Values as written, in the type they are compared with or given to.

use storm_dsl::model::{Base, Literal};

use super::Scope;
use crate::names;

impl Scope<'_> {
    /// A value, borrowed where it is text.
    pub(super) fn literal(&self, value: &Literal, base: &Base) -> String {
        match value {
            Literal::Bool(yes) => yes.to_string(),
            Literal::Duration(millis) => format!("Duration::milliseconds({})", grouped(&millis.to_string())),
            Literal::EnumValue(id, index) => {
                let value = &self.spell.contract.model[*id].values[*index].name;
                format!("{}::{}", self.spell.named(&Base::Enum(*id)), names::variant(value))
            }
            Literal::Number(digits) => number(digits, base),
            Literal::Text(text) => match base {
                Base::Uuid => parsed(text, "Uuid"),
                Base::Date => parsed(text, "Date"),
                Base::Time => parsed(text, "Time"),
                Base::Timestamp => parsed(text, "Timestamp"),
                _ => format!("{text:?}"),
            },
        }
    }
}

/// The text was proven to be such a value, so the default never stands in for it.
fn parsed(text: &str, ty: &str) -> String {
    format!("{text:?}.parse::<{ty}>().unwrap_or_default()")
}

fn number(digits: &str, base: &Base) -> String {
    match base {
        Base::Decimal { .. } => decimal(digits),
        Base::F32 | Base::F64 if !digits.contains('.') => format!("{}.0", grouped(digits)),
        _ => grouped(digits),
    }
}

fn decimal(digits: &str) -> String {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let all = format!("{whole}{fraction}");
    let mantissa = match all.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    match (mantissa, fraction.len()) {
        ("0", _) => "Decimal::ZERO".into(),
        ("1", 0) => "Decimal::ONE".into(),
        (mantissa, scale) if mantissa.parse::<i64>().is_ok() => {
            format!("Decimal::new({}, {scale})", grouped(mantissa))
        }
        (mantissa, scale) => format!("Decimal::from_i128_with_scale({}, {scale})", grouped(mantissa)),
    }
}

/// `10_000`
fn grouped(digits: &str) -> String {
    let (whole, rest) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && whole.len() > 4 && (whole.len() - index).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    match rest {
        Some(rest) => format!("{out}.{rest}"),
        None => out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_a_person_would() {
        assert_eq!(decimal("0.00"), "Decimal::ZERO");
        assert_eq!(decimal("12.50"), "Decimal::new(125, 1)");
        assert_eq!(decimal("10000"), "Decimal::new(10_000, 0)");
        assert_eq!(number("2", &Base::F64), "2.0");
        assert_eq!(number("1234567.5", &Base::F64), "1_234_567.5");
        assert_eq!(number("4096", &Base::U32), "4096");
    }
}
