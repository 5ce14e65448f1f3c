//! What must hold whatever comes from outside. Each takes any bytes and panics when a promise is broken: fuzzing calls them
//! without end (`cargo x fuzz`), and a plain test plays what was found.
//! It must not know: any service in particular.

mod record;

pub use crate::door::fuzzed::door;
pub use crate::source::mysql::fuzzed::binlog;
pub use record::record;

/// A record or a request as a person can write it: a first line; a line for each header, `name: value`, or the name alone
/// for one without a value; then, behind an empty line, the body. Without the empty line there is no body.
pub(crate) struct Written<'b> {
    pub(crate) first: String,
    pub(crate) headers: Vec<(String, Option<&'b [u8]>)>,
    pub(crate) body: Option<&'b [u8]>,
}

impl<'b> Written<'b> {
    pub(crate) fn read(bytes: &'b [u8]) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let end = bytes.windows(2).position(|pair| pair == b"\n\n");
        let mut lines = bytes[..end.unwrap_or(bytes.len())].split(|byte| *byte == b'\n');
        let first = text(lines.next().unwrap_or_default());
        let header = |line: &'b [u8]| match line.windows(2).position(|pair| pair == b": ") {
            Some(at) => (text(&line[..at]), Some(&line[at + 2..])),
            None => (text(line), None),
        };
        Self { first, headers: lines.map(header).collect(), body: end.map(|end| &bytes[end + 2..]) }
    }
}

#[cfg(test)]
mod tests {
    use super::Written;

    #[test]
    fn a_record_is_read_as_a_person_writes_it() {
        let read = Written::read(b"topic key\nce_id: 7: 8\nnull\n\nbody\n\n");
        assert_eq!(read.first, "topic key");
        assert_eq!(read.headers, [("ce_id".into(), Some(&b"7: 8"[..])), ("null".into(), None)]);
        assert_eq!(read.body, Some(&b"body\n\n"[..]));
        assert_eq!(Written::read(b"topic\nce_id: 7").body, None);
        assert_eq!(Written::read(b"\n\n").body, Some(&b""[..]));
    }
}
