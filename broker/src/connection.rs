//! One client's connection: frames in, frames out, one request after the other as Kafka does.
//!
//! It must not know what any request means.

use std::{io, sync::Arc};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::{ApiKey, RequestHeader};
use kafka_protocol::protocol::Decodable;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::api::{self, APIS, Call};
use crate::shared::Shared;

/// Kafka's own limit (`socket.request.max.bytes`).
const LARGEST_FRAME: usize = 100 << 20;

/// Serves a client until it goes away or says something that cannot be answered.
pub(crate) async fn serve(shared: Arc<Shared>, mut stream: TcpStream) {
    let Err(error) = run(&shared, &mut stream).await else { return };
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {}
        io::ErrorKind::InvalidData => tracing::warn!(%error, "a client was disconnected"),
        _ => tracing::debug!(%error, "a client's connection ended"),
    }
}

async fn run(shared: &Arc<Shared>, stream: &mut TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let client_host = format!("/{}", stream.peer_addr()?.ip());
    let wake = Arc::new(Notify::new());
    loop {
        let frame = read_frame(stream).await?;
        let answered = answer(shared, &wake, &client_host, frame).await?;
        if let Some(response) = answered {
            stream.write_all(&response).await?;
        }
    }
}

async fn read_frame(stream: &mut TcpStream) -> io::Result<Bytes> {
    let length = usize::try_from(stream.read_i32().await?).unwrap_or(usize::MAX);
    if length > LARGEST_FRAME {
        return Err(refused(format!("a request of {length} bytes is more than the {LARGEST_FRAME} allowed")));
    }
    let mut frame = BytesMut::with_capacity(length.min(1 << 16));
    let mut body = stream.take(length as u64);
    while frame.len() < length {
        if body.read_buf(&mut frame).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(frame.freeze())
}

/// The whole response frame, or none if the client wants none. An error means that the connection is to be closed,
/// which is how Kafka refuses what it cannot read.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    wake: &Arc<Notify>,
    client_host: &str,
    mut frame: Bytes,
) -> io::Result<Option<BytesMut>> {
    if frame.len() < 8 {
        return Err(refused("a request without a header".to_owned()));
    }
    let (key, version) = ((&frame[0..]).get_i16(), (&frame[2..]).get_i16());
    let correlation = (&frame[4..]).get_i32();
    let spoken = APIS.iter().find(|api| api.key as i16 == key);
    let Some(api) = spoken.filter(|api| api.versions.contains(&version)) else {
        if key == ApiKey::ApiVersions as i16 {
            return Ok(Some(unsupported_api_versions(correlation)));
        }
        return Err(refused(format!("request {key} version {version} is not supported")));
    };
    let header_version = api.key.request_header_version(version);
    let header =
        RequestHeader::decode(&mut frame, header_version).map_err(|error| refused(error.to_string()))?;
    let call = Call {
        shared: Arc::clone(shared),
        wake: Arc::clone(wake),
        version,
        client_id: header.client_id.map(|id| id.to_string()).unwrap_or_default(),
        client_host: client_host.to_owned(),
    };
    let reply = api.answer(call, frame).await.map_err(|unreadable| refused(unreadable.0))?;
    Ok(reply.map(|response| {
        let flexible = usize::from(response.header_version >= 1);
        seal(correlation, flexible, &response.body)
    }))
}

/// Kafka's way to say which versions there are to a client that is too new: version 0 with an error.
fn unsupported_api_versions(correlation: i32) -> BytesMut {
    let body = api::all_versions_as_v0(ResponseError::UnsupportedVersion);
    seal(correlation, 0, &body)
}

fn seal(correlation: i32, tag_bytes: usize, body: &[u8]) -> BytesMut {
    let length = 4 + tag_bytes + body.len();
    let mut frame = BytesMut::with_capacity(4 + length);
    frame.put_i32(i32::try_from(length).unwrap_or(i32::MAX));
    frame.put_i32(correlation);
    frame.put_bytes(0, tag_bytes);
    frame.put_slice(body);
    frame
}

fn refused(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
