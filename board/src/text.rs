//! Labels made to fit: where a name breaks, how large it is written, when it ends in an ellipsis. It must not know
//! stickies or SVG.

mod metrics;

pub(crate) use metrics::{Face, width};

/// Fall-back fonts may be wider than Arial by this much without leaving the sticky.
const SLACK: f64 = 1.2;
/// The height of a line in units of the font's size.
const LINE: f64 = 1.18;
/// More lines than this end in an ellipsis.
const MOST_LINES: usize = 4;

/// A text broken into lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// The lines, top first.
    pub lines: Vec<String>,
    /// The font's size in pixels.
    pub size: f64,
    /// Written in bold.
    pub bold: bool,
    /// Not all of the text found room.
    pub cut: bool,
}

impl Label {
    /// The width of the widest line in pixels, in Arial.
    pub fn width(&self) -> f64 {
        let face = if self.bold { Face::Bold } else { Face::Regular };
        self.lines.iter().map(|line| width(line, face) * self.size).fold(0.0, f64::max)
    }

    /// The height of all lines in pixels.
    pub fn height(&self) -> f64 {
        self.lines.len() as f64 * self.line_height()
    }

    /// From one line to the next in pixels.
    pub fn line_height(&self) -> f64 {
        self.size * LINE
    }
}

/// The room for a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room<'a> {
    pub width: f64,
    pub height: f64,
    /// The sizes to try, largest first.
    pub sizes: &'a [f64],
    pub face: Face,
}

/// Breaks `text` to fit: the largest size at which every word stays whole, else the smallest, with an ellipsis if need be.
pub(crate) fn fit(text: &str, room: Room<'_>) -> Label {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let bold = room.face == Face::Bold;
    let mut smallest = 1.0;
    for &size in room.sizes {
        smallest = size;
        let reach = room.width / SLACK / size;
        let (lines, whole) = fill(&text, reach, room.face);
        if whole && lines.len() <= most_lines(room.height, size) {
            return Label { lines, size, bold, cut: false };
        }
    }
    let reach = room.width / SLACK / smallest;
    let (mut lines, _) = fill(&text, reach, room.face);
    let most = most_lines(room.height, smallest);
    let cut = lines.len() > most;
    if cut {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            while !last.is_empty() && width(last, room.face) + width("…", room.face) > reach {
                last.pop();
            }
            last.truncate(last.trim_end().len());
            last.push('…');
        }
    }
    Label { lines, size: smallest, bold, cut }
}

fn most_lines(height: f64, size: f64) -> usize {
    ((height / (size * LINE)).floor() as usize).clamp(1, MOST_LINES)
}

/// Lines no wider than `reach` (in units of the font's size), and whether every word stayed whole.
fn fill(text: &str, reach: f64, face: Face) -> (Vec<String>, bool) {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut whole = true;
    let fits = |word: &str| width(word.trim_end(), face) <= reach;
    let words = text.split_inclusive(' ').flat_map(|word| if fits(word) { vec![word] } else { pieces(word) });
    for piece in words {
        let longer = width(&line, face) + width(piece.trim_end(), face) <= reach;
        if !line.is_empty() && !longer {
            lines.push(std::mem::take(&mut line));
        }
        if width(piece.trim_end(), face) <= reach {
            line.push_str(piece);
            continue;
        }
        whole = false;
        for letter in piece.chars() {
            let mut wider = [0; 4];
            let advance = width(letter.encode_utf8(&mut wider), face);
            if advance > 0.0 && !line.is_empty() && width(&line, face) + advance > reach {
                lines.push(std::mem::take(&mut line));
            }
            line.push(letter);
        }
    }
    lines.push(line);
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines.retain(|line| !line.is_empty());
    (lines, whole)
}

/// The pieces between which a line may break; a space belongs to the piece before it.
fn pieces(text: &str) -> Vec<&str> {
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let mut pieces = Vec::new();
    let mut start = 0;
    for index in 1..letters.len() {
        let (before, (at, here)) = (letters[index - 1].1, letters[index]);
        let after = letters.get(index + 1).map(|&(_, letter)| letter);
        if breaks(before, here, after) {
            pieces.push(&text[start..at]);
            start = at;
        }
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

fn breaks(before: char, here: char, after: Option<char>) -> bool {
    let wide = |letter: char| matches!(letter as u32, 0x2e80..=0x9fff | 0xac00..=0xd7a3 | 0xf900..=0xfaff);
    let closing = |letter: char| matches!(letter, '。' | '、' | '」' | '）' | '？' | '！');
    match before {
        ' ' | '_' | '-' | '.' | '/' | '·' => here != ' ' && here != before,
        _ if wide(before) && wide(here) => !closing(here),
        _ if before.is_lowercase() || before.is_numeric() => here.is_uppercase(),
        _ => before.is_uppercase() && here.is_uppercase() && after.is_some_and(char::is_lowercase),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room<'_> = Room { width: 96.0, height: 80.0, sizes: &[14.0, 12.0, 10.0], face: Face::Bold };

    #[test]
    fn names_break_where_their_words_do() {
        assert_eq!(pieces("OrderPlaced"), ["Order", "Placed"]);
        assert_eq!(pieces("HTTPServer down_now"), ["HTTP", "Server ", "down_", "now"]);
        assert_eq!(pieces("주문됨"), ["주", "문", "됨"]);
        assert_eq!(fit("PaymentReceived", ROOM).lines, ["Payment", "Received"]);
    }

    #[test]
    fn a_text_that_finds_no_room_ends_in_an_ellipsis() {
        let label = fit(&"Extraordinarily".repeat(30), ROOM);
        assert!(label.cut && label.lines.len() <= MOST_LINES && label.lines.last().unwrap().ends_with('…'));
        assert_eq!(label.size, 10.0);
        assert!(label.width() <= ROOM.width / SLACK && label.height() <= ROOM.height);
    }

    #[test]
    fn marks_stay_with_their_letter() {
        let label = fit(&"e\u{301}".repeat(60), ROOM);
        assert!(label.lines.iter().all(|line| !line.starts_with('\u{301}')));
    }
}
