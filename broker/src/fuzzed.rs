//! What must hold of any bytes that a client sends: each frame is answered, waited with, or refused, which closes the
//! connection. Called with any bytes by fuzzing (`cargo x fuzz`), and with those that were found by a plain test.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use crate::connection::answer;
use crate::log::Batch;
use crate::options::Options;
use crate::shared::Shared;
use crate::topic::Topic;
use crate::topic_config::TopicConfig;

/// Nothing runs on it: requests that wait set its clock.
static CLOCK: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_time().build().expect("a runtime"));

/// Frames of one connection, each with its length before it; and the same bytes as a record batch. The broker has a topic
/// `t` of two partitions. A request that must wait is given up, as if its client had gone.
///
/// # Panics
/// When a promise is broken.
pub fn frames(bytes: &[u8]) {
    batch(bytes);
    let _entered = CLOCK.enter();
    let shared = Arc::new(Shared::new(Options::default(), ([127, 0, 0, 1], 9092).into()));
    let topic = Topic::new(2, TopicConfig::default());
    shared.lock().topics.create("t", topic).expect("there is no topic yet");
    let wake = Arc::new(Notify::new());
    let mut rest = bytes;
    while let Some((length, behind)) = rest.split_first_chunk() {
        let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let Some((frame, behind)) = behind.split_at_checked(length) else { return };
        rest = behind;
        let answering = pin!(answer(&shared, &wake, "/127.0.0.1", Bytes::copy_from_slice(frame)));
        match answering.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(Some(answer))) => {
                let said = answer.first_chunk().map(|length| i32::from_be_bytes(*length));
                let is = answer.len().checked_sub(4).and_then(|length| i32::try_from(length).ok());
                assert_eq!(said, is, "an answer says its length");
                assert_eq!(answer.get(4..8), frame.get(4..8), "an answer is to its request");
            }
            Poll::Ready(Ok(None)) | Poll::Pending => {}
            Poll::Ready(Err(_)) => return,
        }
    }
}

/// A batch whose checksum is made right, so that its records are reached.
fn batch(bytes: &[u8]) {
    let Ok(batch) = Batch::sealed(bytes) else { return };
    let Ok(records) = batch.records() else { return };
    assert!(records.len() <= bytes.len(), "a record has a byte");
    let offsets: Vec<i64> = records.iter().map(|record| record.offset).collect();
    let mut odd = batch.retain(|record| record.offset % 2 == 1).expect("its records were read").into_iter();
    if let Some(left) = odd.next() {
        let kept = left.records().expect("what is kept can be read");
        let wanted = offsets.into_iter().filter(|offset| offset % 2 == 1);
        assert_eq!(kept.iter().map(|record| record.offset).collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
    }
}
