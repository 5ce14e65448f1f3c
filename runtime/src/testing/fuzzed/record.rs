//! Any record, as publish, dispatch and capture's own readers meet it.

use super::Written;
use crate::cloudevents::{Envelope, Header};
use crate::flow::{dispatch, schedule};
use crate::lineage::{self, Lineage};
use crate::progress::Progress;
use crate::shapes::Kept;
use crate::testing::{Became, Readers};

/// A record: its topic and key in the first line, apart by a space; without one it has no key.
///
/// # Panics
/// When a promise is broken.
pub fn record(readers: &Readers, bytes: &[u8]) {
    let written = Written::read(bytes);
    let (topic, key) = match written.first.split_once(' ') {
        Some((topic, key)) => (topic, Some(key.as_bytes())),
        None => (written.first.as_str(), None),
    };
    let header = |(key, value): &(String, Option<&[u8]>)| Header {
        key: key.clone().into(),
        value: value.map(bytes::Bytes::copy_from_slice),
    };
    let headers: Vec<Header> = written.headers.iter().map(header).collect();
    envelope(&headers, written.body);
    let became = readers.publish(key, &headers, written.body);
    match &became {
        Became::Halt(code) => assert_eq!(*code, "P-001", "publish halts for what a newer version wrote"),
        became => seen(became),
    }
    assert_eq!(readers.publish(key, &headers, written.body), became, "the same again");
    seen(&readers.dispatch(topic, key, &headers, written.body));
    let body = written.body.unwrap_or_default();
    readers.react(body);
    kept(body);
    said(&String::from_utf8_lossy(body));
}

/// It is work, passed over, or a dead letter with a code.
fn seen(became: &Became) {
    match became {
        Became::Dead(code) => {
            let (kind, number) = code.split_once('-').unwrap_or_default();
            assert!("DHPV".contains(kind) && number.len() == 3 && number.parse::<u16>().is_ok(), "{code}");
        }
        Became::Halt(code) => panic!("halts with {code}"),
        Became::Work(_) | Became::Passed => {}
    }
}

fn envelope(headers: &[Header], body: Option<&[u8]>) {
    let Ok(envelope) = Envelope::from_headers(headers) else { return };
    let again = Envelope::from_headers(&envelope.headers());
    assert_eq!(again.as_ref(), Ok(&envelope), "an envelope is read as it was written");
    if let Ok(event) = envelope.to_event(body.unwrap_or_default().to_vec()) {
        let (name, id) = (Envelope::of_event(&event).name, Envelope::of_event(&event).id);
        assert_eq!((name, id), (envelope.name, envelope.id));
    }
}

/// What capture, dispatch and schedules keep for themselves.
fn kept(body: &[u8]) {
    fn same<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(body: &[u8]) {
        let Ok(read) = serde_json::from_slice::<T>(body) else { return };
        let again = serde_json::to_vec(&read).expect("plain data");
        assert_eq!(serde_json::from_slice::<T>(&again).ok(), Some(read), "it is read as it was written");
    }
    same::<Progress>(body);
    same::<Kept>(body);
    same::<schedule::Stored>(body);
}

/// Words of ours in a text: lineage, and what is done ahead of an offset.
fn said(text: &str) {
    let raw = Lineage::unpack(text);
    if let Some(lineage) = &raw {
        assert_eq!(Lineage::unpack(&lineage.pack()).as_ref(), Some(lineage), "{text}");
    }
    let raw = raw.unwrap_or_default();
    let mut written = Vec::new();
    lineage::passed_on(text, ["e", "-", "1"], &mut written);
    let follows = raw.following(&raw.causation, "e-1", raw.hop).pack();
    assert_eq!(String::from_utf8(written).as_deref(), Ok(follows.as_str()), "{text}");
    let asked = Lineage::asked("c", Some(text));
    assert_eq!(
        Lineage::asked("d", Some(&asked.traceparent)).traceparent[..36],
        asked.traceparent[..36],
        "{text}"
    );
    let next = text.split(':').nth(1).and_then(|next| next.parse::<i64>().ok()).unwrap_or(0).max(0);
    dispatch::any_word(next, text);
}
