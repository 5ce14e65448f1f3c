//! Whatever is done to a text: nothing panics, places are places, and what was not touched is read.

use super::{LANGUAGE, line, read, shown};

fn tokens(text: &str) -> Vec<(usize, usize)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let first = rest.chars().next().unwrap();
        let word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let length = if rest.starts_with("//") && !rest.starts_with("///") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if rest.starts_with("///") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            rest[1..].find('"').map_or(rest.len(), |end| end + 2)
        } else if word(first) {
            rest.find(|letter| !word(letter)).unwrap_or(rest.len())
        } else if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if rest.starts_with("->") || rest.starts_with("==") || rest.starts_with("!=") {
            2
        } else {
            first.len_utf8()
        };
        tokens.push((at, at + length));
        at += length;
    }
    tokens
}

#[test]
#[ignore = "slow"]
fn explore() {
    let tokens = tokens(LANGUAGE);
    let mut counts = [0usize; 6];
    for &(start, end) in &tokens {
        for (how, insert) in [
            ("delete", None),
            ("insert ?", Some("?")),
            ("insert word", Some("banana")),
            ("insert {", Some("{")),
            ("insert }", Some("}")),
            ("insert (", Some("(")),
            ("insert \"", Some("\"")),
        ] {
            let text = match insert {
                None => format!("{}{}", &LANGUAGE[..start], &LANGUAGE[end..]),
                Some(token) => format!("{}{token} {}", &LANGUAGE[..start], &LANGUAGE[start..]),
            };
            let (_, findings) = read(&text);
            counts[findings.len().min(5)] += 1;
            let touched = text[..start].matches('\n').count() + 1;
            if findings.len() > 1 || findings.iter().any(|finding| line(&text, finding).abs_diff(touched) > 1)
            {
                println!("{how} {:?} at {touched}\n{}", &LANGUAGE[start..end], shown(&text, &findings));
            }
        }
    }
    println!("{counts:?} of {}", tokens.len());
}
