//! What a partition remembers of its producers, so that a retry is known for one and a zombie is refused.
//!
//! Kafka's rules: the last five batches of a producer are recognised when sent again; a gap is refused; a higher
//! epoch starts at sequence 0. This module must not know bytes, batches or transactions.

use std::collections::{BTreeMap, VecDeque};

use kafka_protocol::error::ResponseError;

/// Batches remembered for each producer, as many as a client may have in flight.
const REMEMBERED: usize = 5;

/// The run of sequence numbers that a batch covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// The producer.
    pub producer_id: i64,
    /// Its epoch.
    pub epoch: i16,
    /// The first record's sequence number.
    pub first: i32,
    /// How many records.
    pub count: i32,
}

impl Run {
    /// Sequence numbers wrap from the largest to 0.
    fn last(self) -> i32 {
        let last = (i64::from(self.first) + i64::from(self.count) - 1) % (i64::from(i32::MAX) + 1);
        i32::try_from(last).expect("reduced to 31 bits")
    }
}

/// What to do with a batch whose sequence was checked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is new: append it.
    Append,
    /// It was appended before, at this offset: say so again.
    Duplicate(i64),
}

#[derive(Debug, Default)]
struct Producer {
    epoch: i16,
    recent: VecDeque<(Run, i64)>,
}

/// The producers that have written to a partition.
#[derive(Debug, Default)]
pub(crate) struct Producers {
    by_id: BTreeMap<i64, Producer>,
}

impl Producers {
    /// Judges the next batch of a producer.
    pub fn check(&self, run: Run) -> Result<Verdict, ResponseError> {
        let Some(known) = self.by_id.get(&run.producer_id) else {
            return Ok(Verdict::Append);
        };
        if run.epoch < known.epoch {
            return Err(ResponseError::InvalidProducerEpoch);
        }
        if run.epoch > known.epoch {
            return if run.first == 0 {
                Ok(Verdict::Append)
            } else {
                Err(ResponseError::OutOfOrderSequenceNumber)
            };
        }
        if let Some((_, offset)) = known.recent.iter().find(|(seen, _)| *seen == run) {
            return Ok(Verdict::Duplicate(*offset));
        }
        match known.recent.back() {
            None => Ok(Verdict::Append),
            Some((last, _)) if run.first == last.last().checked_add(1).unwrap_or(0) => Ok(Verdict::Append),
            Some(_) => Err(ResponseError::OutOfOrderSequenceNumber),
        }
    }

    /// Notes a batch that was appended at `offset`.
    pub fn note(&mut self, run: Run, offset: i64) {
        let known = self.by_id.entry(run.producer_id).or_default();
        if known.epoch != run.epoch {
            known.recent.clear();
        }
        known.epoch = run.epoch;
        known.recent.push_back((run, offset));
        if known.recent.len() > REMEMBERED {
            known.recent.pop_front();
        }
    }

    /// Notes the epoch of a transaction's marker: older epochs are refused from here on.
    pub fn fence(&mut self, producer_id: i64, epoch: i16) {
        let known = self.by_id.entry(producer_id).or_default();
        if epoch > known.epoch {
            *known = Producer { epoch, recent: VecDeque::new() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(epoch: i16, first: i32, count: i32) -> Run {
        Run { producer_id: 7, epoch, first, count }
    }

    #[test]
    fn a_batch_sent_again_gives_its_first_offset() {
        let mut producers = Producers::default();
        for (index, offset) in [(0, 100), (1, 103), (2, 106)] {
            assert_eq!(producers.check(run(0, index * 3, 3)), Ok(Verdict::Append));
            producers.note(run(0, index * 3, 3), offset);
        }
        assert_eq!(producers.check(run(0, 3, 3)), Ok(Verdict::Duplicate(103)));
    }

    #[test]
    fn a_gap_is_refused() {
        let mut producers = Producers::default();
        producers.note(run(0, 0, 1), 0);
        assert_eq!(producers.check(run(0, 2, 1)), Err(ResponseError::OutOfOrderSequenceNumber));
    }

    #[test]
    fn a_lower_epoch_is_fenced_and_a_higher_one_starts_at_zero() {
        let mut producers = Producers::default();
        producers.note(run(0, 0, 4), 0);
        producers.fence(7, 1);
        assert_eq!(producers.check(run(0, 4, 1)), Err(ResponseError::InvalidProducerEpoch));
        assert_eq!(producers.check(run(2, 4, 1)), Err(ResponseError::OutOfOrderSequenceNumber));
        assert_eq!(producers.check(run(2, 0, 1)), Ok(Verdict::Append));
    }

    #[test]
    fn sequences_wrap_at_the_largest_number() {
        let mut producers = Producers::default();
        producers.note(run(0, i32::MAX - 1, 2), 0);
        assert_eq!(producers.check(run(0, 0, 1)), Ok(Verdict::Append));
        producers.note(run(0, 0, 1), 2);
        assert_eq!(producers.check(run(0, 1, 1)), Ok(Verdict::Append));
    }
}
