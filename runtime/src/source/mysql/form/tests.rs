//! Forms against bytes of known values.

use super::*;

fn written(kind: &Kind, wire: Wire, value: &[u8]) -> Result<Vec<u8>, Inexpressible> {
    let mut out = Vec::new();
    let form = agree(kind, wire).expect("they agree");
    form.write(1, value, &mut String::new(), &mut out).map(|()| out)
}

fn shown(kind: &Kind, wire: Wire, value: &[u8]) -> Result<String, Inexpressible> {
    let mut out = String::new();
    agree(kind, wire).expect("they agree").text(value, &mut out).map(|()| out)
}

#[test]
fn integers_of_every_width_and_sign() {
    let int = |width, signed| Kind::Int { width, signed };
    for (value, width) in [(-1i64, 1), (-8_388_608, 3), (-5, 3), (-32_768, 2), (i64::MIN, 8), (8_388_607, 3)]
    {
        let bytes = &value.to_le_bytes()[..usize::from(width)];
        assert_eq!(shown(&int(width, true), Wire::Int64, bytes), Ok(value.to_string()));
    }
    assert_eq!(shown(&int(1, false), Wire::Uint32, &[200]), Ok("200".into()));
    assert_eq!(shown(&int(8, false), Wire::Uint64, &[0xff; 8]), Ok(u64::MAX.to_string()));
    assert_eq!(written(&int(3, true), Wire::Int32, &[0xff, 0xff, 0xff]).map(|out| out.len()), Ok(11));
}

#[test]
fn what_would_lose_is_not_agreed_on() {
    let int = |width, signed| Kind::Int { width, signed };
    assert_eq!(agree(&int(4, false), Wire::Int32), None);
    assert_eq!(agree(&int(8, true), Wire::Int32), None);
    assert_eq!(agree(&int(8, false), Wire::Int64), None);
    assert_eq!(agree(&int(4, true), Wire::Uint32), None);
    assert_eq!(agree(&Kind::Double, Wire::Float), None);
    assert_eq!(agree(&Kind::Decimal { precision: 10, scale: 4 }, Wire::Decimal { scale: 2 }), None);
    assert_eq!(agree(&Kind::Var { length: 9, collation: 35 }, Wire::String), None, "ucs2");
    assert_eq!(agree(&Kind::Var { length: 9, collation: 45 }, Wire::Bytes), None);
    assert_eq!(agree(&Kind::Var { length: 9, collation: BINARY }, Wire::String), None);
    assert_eq!(agree(&Kind::Enum { width: 1, members: Vec::new() }, Wire::Enum), None);
}

#[test]
fn years_and_truths() {
    assert_eq!(shown(&Kind::Year, Wire::Int32, &[0]), Ok("0".into()));
    assert_eq!(shown(&Kind::Year, Wire::Int32, &[126]), Ok("2026".into()));
    let tiny = Kind::Int { width: 1, signed: true };
    assert_eq!(written(&tiny, Wire::Bool, &[1]), Ok(vec![0x08, 1]));
    assert_eq!(written(&tiny, Wire::Bool, &[2]), Err(UNTRUE));
}

#[test]
fn binary_is_filled_up_and_uuids_are_dashed() {
    let sixteen = Kind::Fixed { length: 16, collation: BINARY };
    let value = [0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40];
    assert_eq!(shown(&sixteen, Wire::Uuid, &value), Ok("123e4567-e89b-12d3-a456-426614174000".into()));
    assert_eq!(written(&sixteen, Wire::Bytes, &value).map(|out| (out.len(), out[17])), Ok((18, 0)));
    let text = Kind::Fixed { length: 36, collation: 45 };
    let upper = b"123E4567-E89B-12D3-A456-426614174000";
    assert_eq!(shown(&text, Wire::Uuid, upper), Ok("123e4567-e89b-12d3-a456-426614174000".into()));
    assert!(shown(&text, Wire::Uuid, b"no uuid").is_err());
}

#[test]
fn decimals_get_the_models_places() {
    let two = Kind::Decimal { precision: 5, scale: 2 };
    assert_eq!(shown(&two, Wire::Decimal { scale: 2 }, &[0x80, 0x01, 0x05]), Ok("1.05".into()));
    assert_eq!(shown(&two, Wire::Decimal { scale: 4 }, &[0x80, 0x01, 0x05]), Ok("1.0500".into()));
    let whole = Kind::Decimal { precision: 2, scale: 0 };
    assert_eq!(shown(&whole, Wire::Decimal { scale: 1 }, &[0x85]), Ok("5.0".into()));
}

#[test]
fn enums_and_sets_by_name() {
    let members = vec!["small".to_string(), "large".to_string()];
    let one = Kind::Enum { width: 1, members: members.clone() };
    assert_eq!(shown(&one, Wire::Enum, &[2]), Ok("large".into()));
    assert_eq!(shown(&one, Wire::Enum, &[0]), Ok(String::new()));
    assert!(shown(&one, Wire::Enum, &[3]).is_err());
    let many = Kind::Set { width: 1, members };
    assert_eq!(shown(&many, Wire::Set, &[3]), Ok("small,large".into()));
    assert!(shown(&many, Wire::Set, &[4]).is_err());
}

#[test]
fn zero_dates_are_refused() {
    assert_eq!(shown(&Kind::Date, Wire::Date, &[0, 0, 0]), Err(NO_DAY));
    let datetime = Kind::Datetime { digits: 0 };
    assert_eq!(written(&datetime, Wire::Timestamp, &[0x80, 0, 0, 0, 0]), Err(NO_DAY));
}

#[test]
fn times_as_keys() {
    let timestamp = Kind::Timestamp { digits: 3 };
    let value = [0x6b, 0x02, 0x8d, 0x7f, 0x04, 0xd2];
    assert_eq!(shown(&timestamp, Wire::Timestamp, &value), Ok("2026-11-22T06:36:47.123400Z".into()));
    let time = Kind::Time { digits: 0 };
    assert_eq!(shown(&time, Wire::Time, &[0x7f, 0xff, 0xff]), Ok("-00:00:01".into()));
}
