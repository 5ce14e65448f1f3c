//! How a hop looks: the board's colours on a terminal, plain in a pipe or where NO_COLOR is set.
//! It must not know: in which order hops are told.

use std::io::IsTerminal;

use super::story::Told;

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    colour: bool,
}

impl Paint {
    pub(super) fn detect() -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { colour: !plain && std::io::stdout().is_terminal() }
    }

    fn dye(self, (red, green, blue): (u8, u8, u8), text: &str) -> String {
        if self.colour { format!("\x1b[38;2;{red};{green};{blue}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn faint(self, text: &str) -> String {
        if self.colour { format!("\x1b[2m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub(super) fn title(self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// One line of a tree.
    pub(super) fn line(self, depth: usize, told: &Told) -> String {
        // The wall's colours: rows and raw records grey, events orange, policies lilac, commands blue, trouble red.
        let colour = match told.hop.as_str() {
            "event" | "recorded" => (0xff, 0xa9, 0x5f),
            "policy" => (0xc3, 0x91, 0xcc),
            "command" | "sent" => (0x7a, 0xdb, 0xfb),
            "dead" => (0xf4, 0x7f, 0x8f),
            _ => (0xb0, 0xb0, 0xb0),
        };
        let name = told.name.rsplit('.').next().unwrap_or(&told.name);
        let key = told.key.replace('\u{1f}', "/");
        let detail = match told.hop.as_str() {
            "policy" if !told.note.is_empty() => format!("\"{}\"", told.note),
            "sent" => format!("to {}", told.note),
            "command" => format!("{} by {}", told.note, told.context),
            "dead" => told.note.clone(),
            "row" if !told.cause.is_empty() => format!("{key}  (written by command {})", short(&told.cause)),
            _ => key,
        };
        let gap = if depth == 0 { "\n" } else { "" };
        let indent = if depth == 0 { String::new() } else { format!("{}└ ", "  ".repeat(depth)) };
        let kind = self.faint(&format!("{:<9}", told.hop));
        format!("{gap}{indent}{kind}{} {}", self.dye(colour, name), self.faint(&detail))
    }
}

/// The first part of a uuid.
fn short(id: &str) -> &str {
    id.split('-').next().unwrap_or(id)
}
