//! A protobuf message taken apart without its schema: an independent reading of what the source wrote.

/// A field's value as the wire has it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Varint(u64),
    Fixed64(u64),
    Bytes(Vec<u8>),
    Fixed32(u32),
}

/// Takes a message apart.
pub fn fields(mut message: &[u8]) -> Vec<(u32, Value)> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let tag = varint(&mut message);
        let value = match tag & 7 {
            0 => Value::Varint(varint(&mut message)),
            1 => Value::Fixed64(u64::from_le_bytes(take(&mut message, 8).try_into().expect("eight"))),
            2 => {
                let length = varint(&mut message) as usize;
                Value::Bytes(take(&mut message, length).to_vec())
            }
            5 => Value::Fixed32(u32::from_le_bytes(take(&mut message, 4).try_into().expect("four"))),
            other => panic!("wire type {other}"),
        };
        fields.push((u32::try_from(tag >> 3).expect("a field number"), value));
    }
    fields
}

/// The value of a field.
pub fn find(fields: &[(u32, Value)], field: u32) -> Option<&Value> {
    fields.iter().find(|(number, _)| *number == field).map(|(_, value)| value)
}

/// The bytes of a value that is bytes.
pub fn bytes(value: &Value) -> &[u8] {
    match value {
        Value::Bytes(bytes) => bytes,
        other => panic!("{other:?} is no bytes"),
    }
}

/// The fields as `number=value`, text where it is text.
pub fn show(fields: &[(u32, Value)]) -> String {
    let shown = fields.iter().map(|(number, value)| match value {
        Value::Varint(value) => format!("{number}={}", *value as i64),
        Value::Fixed64(bits) => format!("{number}={}", f64::from_bits(*bits)),
        Value::Fixed32(bits) => format!("{number}={}", f32::from_bits(*bits)),
        Value::Bytes(bytes) => format!("{number}={}", String::from_utf8_lossy(bytes)),
    });
    shown.collect::<Vec<_>>().join(" ")
}

fn varint(message: &mut &[u8]) -> u64 {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = take(message, 1)[0];
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return number;
        }
        shift += 7;
    }
}

fn take<'a>(message: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (head, tail) = message.split_at(length);
    *message = tail;
    head
}
