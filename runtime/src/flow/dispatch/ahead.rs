//! What is done ahead of a committed offset. A group's offset stands at the first record that is not done; a word beside it
//! says which ones behind it are, so that whoever reads on from there passes them by. The word is bounded: what has no room
//! in it is read again. Brokers keep it with the offset and say nothing about it, so it says itself what it belongs to.
//! It must not know: Kafka, trackers.

use std::collections::VecDeque;

/// How the word begins: whose it is, and in which form.
const MARK: &str = "storm1";
/// Run lengths are written in digits of five bits; a sixth says that more digits follow.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const MORE: u8 = 32;

/// From this offset on, up to but not including that one.
pub(super) type Range = (i64, i64);

/// Offsets that were done before this member read them: ranges in order, none of them empty, that do not touch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ahead(VecDeque<Range>);

/// A word that was not written here, was damaged, or stands beside another offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreign;

impl Ahead {
    /// True when this offset was done. Ask in order: what lies before it is forgotten.
    pub(super) fn has(&mut self, offset: i64) -> bool {
        while self.0.front().is_some_and(|(_, end)| *end <= offset) {
            self.0.pop_front();
        }
        self.0.front().is_some_and(|(from, _)| *from <= offset)
    }

    /// What of it lies at or behind an offset.
    pub(super) fn behind(&self, offset: i64) -> impl Iterator<Item = Range> {
        let rest = self.0.iter().filter(move |(_, end)| *end > offset);
        rest.map(move |(from, end)| ((*from).max(offset), *end))
    }
}

/// The word to stand beside `next`: these ranges are done, which lie behind it and in order; they may touch or be empty. Of
/// what has no room in `most` bytes, the farthest is left out; the word is empty when there is nothing to say.
pub(super) fn write(next: i64, done: impl Iterator<Item = Range>, most: usize) -> String {
    let head = format!("{MARK}:{next}:");
    let room = most.saturating_sub(head.len() + ":01234567".len());
    let (mut runs, mut at) = (String::new(), next);
    for (from, end) in whole(done) {
        let before = runs.len();
        run(&mut runs, from - at);
        run(&mut runs, end - from);
        if runs.len() > room {
            runs.truncate(before);
            break;
        }
        at = end;
    }
    if runs.is_empty() {
        return runs;
    }
    let word = head + &runs;
    let sum = crc32fast::hash(word.as_bytes());
    format!("{word}:{sum:08x}")
}

/// Reads what stands beside `next`. An empty word says that nothing is done ahead.
pub(super) fn read(next: i64, word: &str) -> Result<Ahead, Foreign> {
    if word.is_empty() {
        return Ok(Ahead::default());
    }
    let (said, sum) = word.rsplit_once(':').ok_or(Foreign)?;
    let runs = said.strip_prefix(&format!("{MARK}:{next}:")).ok_or(Foreign)?;
    if sum != format!("{:08x}", crc32fast::hash(said.as_bytes())) {
        return Err(Foreign);
    }
    let (mut ranges, mut at, mut digits) = (VecDeque::new(), next, runs.bytes());
    while digits.len() > 0 {
        let from = at.checked_add(length(&mut digits)?).ok_or(Foreign)?;
        let end = from.checked_add(length(&mut digits)?).ok_or(Foreign)?;
        if end == from {
            return Err(Foreign);
        }
        ranges.push_back((from, end));
        at = end;
    }
    Ok(Ahead(ranges))
}

/// Ranges that touch as one, and without the empty ones.
fn whole(ranges: impl Iterator<Item = Range>) -> impl Iterator<Item = Range> {
    let mut ranges = ranges.filter(|(from, end)| from < end).peekable();
    std::iter::from_fn(move || {
        let (from, mut end) = ranges.next()?;
        while let Some((_, farther)) = ranges.next_if(|(next, _)| *next <= end) {
            end = end.max(farther);
        }
        Some((from, end))
    })
}

/// Writes a run's length, the low digits first.
fn run(into: &mut String, length: i64) {
    let mut left = u64::try_from(length).expect("ranges come in order, behind the offset");
    loop {
        let digit = (left % u64::from(MORE)) as u8;
        left /= u64::from(MORE);
        let more = if left > 0 { MORE } else { 0 };
        into.push(char::from(DIGITS[usize::from(digit | more)]));
        if left == 0 {
            return;
        }
    }
}

/// Reads a run's length.
fn length(digits: &mut impl Iterator<Item = u8>) -> Result<i64, Foreign> {
    let (mut length, mut unit) = (0_i64, 1_i64);
    loop {
        let digit = digits.next().ok_or(Foreign)?;
        let digit = DIGITS.iter().position(|known| *known == digit).ok_or(Foreign)? as u8;
        let more = i64::from(digit % MORE).checked_mul(unit).ok_or(Foreign)?;
        length = length.checked_add(more).ok_or(Foreign)?;
        if digit < MORE {
            return Ok(length);
        }
        unit = unit.checked_mul(i64::from(MORE)).ok_or(Foreign)?;
    }
}

/// What must hold of any text beside an offset: it is foreign, or says ranges behind the offset, in order, that are read
/// again as they are written. The text is tried as it is and as the runs of a word whose sum is right.
pub(crate) fn any_word(next: i64, text: &str) {
    let said = format!("{MARK}:{next}:{text}");
    let summed = format!("{said}:{:08x}", crc32fast::hash(said.as_bytes()));
    for word in [text, &summed] {
        let Ok(Ahead(ranges)) = read(next, word) else { continue };
        assert!(ranges.iter().all(|(from, end)| next <= *from && from < end), "{word}");
        assert!(ranges.iter().is_sorted_by(|one, other| one.1 <= other.0), "{word}");
        let ranges: VecDeque<Range> = whole(ranges.into_iter()).collect();
        let again = write(next, ranges.iter().copied(), usize::MAX);
        assert_eq!(read(next, &again), Ok(Ahead(ranges)), "{word}");
    }
}

#[cfg(test)]
#[path = "ahead/tests.rs"]
mod tests;
