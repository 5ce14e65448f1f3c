//! Text in XML: nothing that people write can leave its place. Numbers in the shortest form.

/// `text` as the content of an element or the value of an attribute. What XML cannot hold is shown as U+FFFD.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(letter),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// `text` as an id: without white space.
pub(super) fn id(text: &str) -> String {
    escape(&text.split_whitespace().collect::<Vec<_>>().join("_"))
}

/// The link to `path:line`: the path with a fragment, every letter with a meaning of its own in a URL encoded.
pub(super) fn href(place: &str) -> String {
    let (path, line) = match place.rsplit_once(':') {
        Some((path, line)) if !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit()) => {
            (path, Some(line))
        }
        _ => (place, None),
    };
    let mut link = String::with_capacity(place.len() + 4);
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                link.push(char::from(byte))
            }
            _ => link.push_str(&format!("%{byte:02X}")),
        }
    }
    if let Some(line) = line {
        link.push_str("#L");
        link.push_str(line);
    }
    link
}

/// A length or a place in tenths of a pixel.
pub(super) fn number(value: f64) -> String {
    let tenths = (value * 10.0).round() as i64;
    let (sign, tenths) = (if tenths < 0 { "-" } else { "" }, tenths.unsigned_abs());
    match tenths % 10 {
        0 => format!("{sign}{}", tenths / 10),
        tenth => format!("{sign}{}.{tenth}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_place() {
        assert_eq!(escape("a<b> & \"c\" 'd'\u{1}"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;\u{fffd}");
        assert_eq!(href("models/my shop.storm:31"), "models/my%20shop.storm#L31");
        assert_eq!(href("javascript:alert(1)"), "javascript%3Aalert%281%29");
        assert_eq!([number(-0.04), number(12.34), number(-3.55), number(7.0)], ["0", "12.3", "-3.6", "7"]);
    }
}
