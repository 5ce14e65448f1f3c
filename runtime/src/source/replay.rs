//! Recorded binary logs as a source: the same events, the same steps, without a server. For trying and for tests.
//! It must not know: how the recording was made.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::code::{self, halt};
use super::mysql::bytes::Malformed;
use super::mysql::event::{Format, HEADER, Header, checksum, kind, split};
use super::mysql::reader::Reader;
use super::mysql::table_map::Flavour;
use super::{Position, Source, SourceError, Step};
use crate::spec::SourceSpec;

/// What every binary log starts with.
const MAGIC: &[u8] = b"\xfebin";
/// The server that positions in a recording name.
const SERVER: &str = "recording";

/// Recorded binary logs, one after the other, or none. Ends with `Ok(None)`.
pub struct ReplaySource {
    spec: &'static SourceSpec,
    files: Vec<(String, Content)>,
    incarnation: u32,
    gate: Option<Arc<Semaphore>>,
    /// A `Begin` that waits at the gate.
    held: Option<Step>,
    open: Option<Open>,
}

enum Content {
    Bytes(&'static [u8]),
    Path(PathBuf),
}

struct Open {
    reader: Reader,
    file: usize,
    bytes: Cow<'static, [u8]>,
    at: usize,
    checksummed: bool,
}

impl ReplaySource {
    /// A recording in memory, under a name that its positions use.
    pub fn from_bytes(spec: &'static SourceSpec, name: &str, bytes: &'static [u8]) -> Self {
        Self::new(spec, vec![(name.to_owned(), Content::Bytes(bytes))])
    }

    /// Recordings in files, in this order; each is read when its turn comes.
    pub fn from_files(spec: &'static SourceSpec, paths: &[impl AsRef<Path>]) -> Self {
        let file = |path: &Path| {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            (name, Content::Path(path.to_owned()))
        };
        Self::new(spec, paths.iter().map(|path| file(path.as_ref())).collect())
    }

    fn new(spec: &'static SourceSpec, files: Vec<(String, Content)>) -> Self {
        Self { spec, files, incarnation: 1, gate: None, held: None, open: None }
    }

    /// Hands out a transaction only for a permit: add permits to let that many through, close it to let all through.
    #[must_use]
    pub fn paced(self, gate: Arc<Semaphore>) -> Self {
        Self { gate: Some(gate), ..self }
    }

    fn load(&self, file: usize) -> Result<Cow<'static, [u8]>, SourceError> {
        let (name, content) = &self.files[file];
        let bytes = match content {
            Content::Bytes(bytes) => Cow::Borrowed(*bytes),
            Content::Path(path) => Cow::Owned(std::fs::read(path).map_err(|error| {
                let message = format!("the recording `{}` cannot be read: {error}", path.display());
                halt(code::RECORDING, message, "check the path")
            })?),
        };
        if bytes.starts_with(MAGIC) {
            return Ok(bytes);
        }
        let message = format!("the recording `{name}` is no binary log");
        Err(halt(code::RECORDING, message, "record it with `mariadb-binlog --raw` or `mysqlbinlog --raw`"))
    }

    /// Opens a file and reads its format description, which is needed wherever the reading starts.
    fn enter(&self, file: usize) -> Result<(Cow<'static, [u8]>, Format), SourceError> {
        let bytes = self.load(file)?;
        let format = event(&bytes, MAGIC.len()).and_then(|raw| match Header::parse(raw)?.kind {
            kind::FORMAT_DESCRIPTION => Format::parse(&raw[HEADER..]),
            _ => Err(Malformed("format description")),
        });
        let format = format.map_err(|why| self.damaged(file, MAGIC.len(), why))?;
        Ok((bytes, format))
    }

    fn damaged(&self, file: usize, at: usize, Malformed(what): Malformed) -> SourceError {
        let message = format!("the {what} at `{}:{at}` of the recording is damaged", self.files[file].0);
        let code = if what == "checksum" { code::CHECKSUM } else { code::MALFORMED };
        halt(code, message, "record it again")
    }

    fn missing(&self, what: String) -> SourceError {
        let names: Vec<_> = self.files.iter().map(|(name, _)| name.as_str()).collect();
        let message = format!("the stored position {what}, and the recording is `{}`", names.join("`, `"));
        halt(code::POSITION_LOST, message, "start without a stored position")
    }

    /// Feeds the next event. False at the end of the last file.
    fn feed(&mut self) -> Result<bool, SourceError> {
        let Some(open) = &self.open else { return Ok(false) };
        if open.at >= open.bytes.len() {
            let next = open.file + 1;
            if next >= self.files.len() {
                return Ok(false);
            }
            let (bytes, format) = self.enter(next)?;
            let name = self.files[next].0.clone();
            if let Some(open) = &mut self.open {
                open.reader.turn(name, MAGIC.len() as u64);
                (open.file, open.bytes, open.at) = (next, bytes, MAGIC.len());
                open.checksummed = format.checksummed;
            }
            return Ok(true);
        }
        let (file, at) = (open.file, open.at);
        let taken = event(&open.bytes, at).and_then(|raw| Ok((raw.len(), split(raw, open.checksummed)?)));
        let (length, (header, body)) = taken.map_err(|why| self.damaged(file, at, why))?;
        // A recorded ROTATE names the server's next file; ours is the next of the list.
        let (header, body) = (header, body.to_vec());
        let Some(open) = &mut self.open else { return Ok(false) };
        open.at += length;
        if header.kind == kind::ROTATE {
            return Ok(true);
        }
        let sum = checksum(&header, &[&body]);
        open.reader.feed(&header, &body, sum).map(|()| true)
    }

    /// Waits for a permit. Safe to drop: the held step stays.
    async fn pass(gate: &Semaphore) {
        if let Ok(permit) = gate.acquire().await {
            permit.forget();
        }
    }
}

/// The whole event at a place of a file.
fn event(bytes: &[u8], at: usize) -> Result<&[u8], Malformed> {
    let rest = bytes.get(at..).ok_or(Malformed("event"))?;
    let size = Header::parse(rest)?.size as usize;
    rest.get(..size).ok_or(Malformed("event"))
}

impl Source for ReplaySource {
    async fn open(&mut self, from: Option<Position>) -> Result<Position, SourceError> {
        (self.open, self.held) = (None, None);
        let server = SERVER.to_owned();
        if self.files.is_empty() {
            let (gtid_set, file) = (String::new(), String::new());
            return Ok(Position {
                incarnation: self.incarnation,
                server,
                gtid_set,
                file,
                offset: 0,
                last: None,
            });
        }
        let (file, at) = match &from {
            None => (0, MAGIC.len()),
            Some(stored) if stored.server != SERVER => {
                return Err(self.missing(format!("is of the server `{}`", stored.server)));
            }
            // Of a time when nothing was recorded.
            Some(stored) if stored.file.is_empty() => (0, MAGIC.len()),
            Some(stored) => match self.files.iter().position(|(name, _)| *name == stored.file) {
                Some(file) => (file, usize::try_from(stored.offset).unwrap_or(usize::MAX)),
                None => return Err(self.missing(format!("is in `{}`", stored.file))),
            },
        };
        let (bytes, format) = self.enter(file)?;
        if at < MAGIC.len() || at > bytes.len() {
            return Err(self.missing(format!("is at `{}:{at}`", self.files[file].0)));
        }
        let position = Position {
            incarnation: self.incarnation,
            server,
            gtid_set: from.as_ref().map(|stored| stored.gtid_set.clone()).unwrap_or_default(),
            file: self.files[file].0.clone(),
            offset: at as u64,
            last: from.and_then(|stored| stored.last),
        };
        let reader = Reader::new(self.spec, Flavour::of(&format.server), position.clone());
        self.open = Some(Open { reader, file, bytes, at, checksummed: format.checksummed });
        Ok(position)
    }

    async fn next(&mut self) -> Result<Option<Step>, SourceError> {
        loop {
            if self.held.is_some() {
                if let Some(gate) = &self.gate {
                    Self::pass(gate).await;
                }
                return Ok(self.held.take());
            }
            let Some(open) = &mut self.open else { return Ok(None) };
            match open.reader.step() {
                Ok(Some(begin @ Step::Begin { .. })) => self.held = Some(begin),
                Ok(Some(step)) => return Ok(Some(step)),
                Ok(None) => match self.feed() {
                    Ok(true) => {}
                    Ok(false) => return Ok(None),
                    Err(error) => {
                        self.open = None;
                        return Err(error);
                    }
                },
                Err(error) => {
                    self.open = None;
                    return Err(error);
                }
            }
        }
    }
}
