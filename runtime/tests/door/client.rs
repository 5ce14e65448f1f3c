//! A caller: HTTP/1.1 over any stream, as little of it as these tests need.

use std::collections::HashMap;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of a problem.
    pub fn code(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        problem["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Sends a request over a stream and reads the answer to its end.
pub async fn ask(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: door\r\nConnection: close\r\n");
    if method == "POST" {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    // A door that has said no already does not read the rest.
    let _ = stream.write_all(body).await;
    answer(stream).await
}

/// Reads an answer.
pub async fn answer(mut stream: impl AsyncRead + Unpin) -> Answer {
    let mut bytes = Vec::new();
    // TLS may end without a farewell, and a body that nobody read resets the connection.
    let _ = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_lowercase(), value.to_owned())
    };
    Answer { status, headers: lines.map(header).collect(), body: body.to_owned() }
}

pub async fn connect(door: SocketAddr) -> TcpStream {
    TcpStream::connect(door).await.unwrap()
}

pub async fn get(door: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(connect(door).await, "GET", path, headers, b"").await
}

/// Posts JSON.
pub async fn post(door: SocketAddr, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let all: Vec<_> = [("Content-Type", "application/json")].iter().chain(headers).copied().collect();
    ask(connect(door).await, "POST", path, &all, body.as_bytes()).await
}
