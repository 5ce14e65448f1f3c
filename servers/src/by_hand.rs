//! A record for Kafka that no client writes: keys of headers that are no text, empty, or with a zero byte in the middle.
//! Spoken to the broker byte for byte, in the one version of Produce that every broker of today takes.
//! It must not know: what a header means.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result};

/// A broker that has just made a topic does not lead it yet.
const PATIENCE: Duration = Duration::from_secs(30);

/// Produce, in version 3: the first that carries headers.
const PRODUCE: [u8; 4] = [0, 0, 0, 3];

/// What a broker answers while a topic settles: unknown, without a leader, led by another.
const NOT_YET: [i16; 3] = [3, 5, 6];

/// A record, byte for byte.
#[derive(Debug, Clone, Copy, Default)]
pub struct ByHand<'r> {
    /// Its key.
    pub key: Option<&'r [u8]>,
    /// Its headers, in order.
    pub headers: &'r [(&'r [u8], Option<&'r [u8]>)],
    /// Its body.
    pub body: Option<&'r [u8]>,
}

impl ByHand<'_> {
    /// Appends the record to a partition of a cluster of one broker, and says its offset.
    ///
    /// # Errors
    /// The broker cannot be reached, or does not take the record.
    pub fn append(&self, address: &str, topic: &str, partition: i32) -> Result<i64> {
        let request = request(topic, partition, &self.batch());
        let begun = Instant::now();
        loop {
            match exchange(address, &request).map_err(|error| Error::io(address, &error))? {
                (0, offset) => return Ok(offset),
                (code, _) if NOT_YET.contains(&code) && begun.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                (code, _) => {
                    return Err(Error::new(format!("the broker refuses a record for `{topic}`: {code}")));
                }
            }
        }
    }

    /// A batch of this record alone, in the format 2.
    fn batch(&self) -> Vec<u8> {
        let record = self.record();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as i64);
        let mut summed = Vec::new();
        // Attributes, the last record's distance from the first; both times; no idempotent producer; one record.
        summed.extend([0; 2 + 4]);
        summed.extend([now.to_be_bytes(), now.to_be_bytes()].concat());
        summed.extend([0xff; 8 + 2 + 4]);
        summed.extend(1_i32.to_be_bytes());
        varint(&mut summed, record.len() as i64);
        summed.extend(record);
        let mut batch = vec![0; 8];
        // What follows: the leader's epoch, the format, the checksum, and what it is over.
        batch.extend((4 + 1 + 4 + summed.len() as i32).to_be_bytes());
        batch.extend((-1_i32).to_be_bytes());
        batch.push(2);
        batch.extend(crc32c(&summed).to_be_bytes());
        batch.extend(summed);
        batch
    }

    fn record(&self) -> Vec<u8> {
        // Attributes, and the distances of its time and its offset.
        let mut record = vec![0; 3];
        bytes(&mut record, self.key);
        bytes(&mut record, self.body);
        varint(&mut record, self.headers.len() as i64);
        for (key, value) in self.headers {
            bytes(&mut record, Some(key));
            bytes(&mut record, *value);
        }
        record
    }
}

/// The request with its frame: without a transaction, acknowledged by all, in ten seconds.
fn request(topic: &str, partition: i32, batch: &[u8]) -> Vec<u8> {
    let mut body = PRODUCE.to_vec();
    // The number by which the answer is known, no client's name, no transaction.
    body.extend([0, 0, 0, 7, 0xff, 0xff, 0xff, 0xff]);
    body.extend((-1_i16).to_be_bytes());
    body.extend(10_000_i32.to_be_bytes());
    body.extend(1_i32.to_be_bytes());
    body.extend((topic.len() as i16).to_be_bytes());
    body.extend(topic.as_bytes());
    body.extend(1_i32.to_be_bytes());
    body.extend(partition.to_be_bytes());
    body.extend((batch.len() as i32).to_be_bytes());
    body.extend(batch);
    let mut framed = (body.len() as i32).to_be_bytes().to_vec();
    framed.extend(body);
    framed
}

/// Sends a request; the partition's error and the record's offset.
fn exchange(address: &str, request: &[u8]) -> std::io::Result<(i16, i64)> {
    let mut broker = TcpStream::connect(address)?;
    broker.set_read_timeout(Some(PATIENCE))?;
    broker.write_all(request)?;
    let mut size = [0; 4];
    broker.read_exact(&mut size)?;
    let mut answer = vec![0; u32::from_be_bytes(size) as usize];
    broker.read_exact(&mut answer)?;
    // The number, one topic and its name, one partition and its index: then what is asked for.
    let cut_short = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let name = answer.get(8..10).map(|length| u16::from_be_bytes([length[0], length[1]]));
    let at = usize::from(name.ok_or_else(cut_short)?) + 8 + 2 + 4 + 4;
    let told: [u8; 10] =
        answer.get(at..at + 10).and_then(|told| told.try_into().ok()).ok_or_else(cut_short)?;
    let [one, two, offset @ ..] = told;
    Ok((i16::from_be_bytes([one, two]), i64::from_be_bytes(offset)))
}

/// Bytes behind their length, which is -1 for none.
fn bytes(into: &mut Vec<u8>, bytes: Option<&[u8]>) {
    varint(into, bytes.map_or(-1, |bytes| bytes.len() as i64));
    into.extend(bytes.unwrap_or_default());
}

/// A number in zigzag, seven bits a byte.
fn varint(into: &mut Vec<u8>, number: i64) {
    let mut rest = ((number << 1) ^ (number >> 63)) as u64;
    while rest > 0x7f {
        into.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    into.push(rest as u8);
}

/// The checksum of a batch: Castagnoli's.
fn crc32c(bytes: &[u8]) -> u32 {
    let bit = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0x82f6_3b78 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum: u32, byte| (0..8).fold(sum ^ u32::from(*byte), bit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_castagnoli_s() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn numbers_take_seven_bits_a_byte() {
        let encoded = |number| {
            let mut into = Vec::new();
            varint(&mut into, number);
            into
        };
        assert_eq!([encoded(-1), encoded(0), encoded(63)].concat(), [1, 0, 0x7e]);
        assert_eq!(encoded(64), [0x80, 0x01]);
        assert_eq!(encoded(-300), [0xd7, 0x04]);
    }

    #[test]
    fn a_record_holds_its_headers_as_they_are() {
        let headers: [(&[u8], Option<&[u8]>); 2] = [(b"\xff\0", Some(b"v")), (b"", None)];
        let record = ByHand { key: None, headers: &headers, body: Some(b"b") }.record();
        assert_eq!(record, [0, 0, 0, 1, 2, b'b', 4, 4, 0xff, 0, 2, b'v', 0, 1]);
    }
}
