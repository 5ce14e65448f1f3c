//! Proto text to descriptors, in memory. A failure here is ours, never the user's: names and types were proven before.

use std::collections::BTreeMap;

use prost::Message;
use prost_types::FileDescriptorSet;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use protox::{Compiler, Error};

use super::ProtoFile;

struct InMemory {
    texts: BTreeMap<String, String>,
}

impl FileResolver for InMemory {
    fn open_file(&self, name: &str) -> Result<File, Error> {
        let text = self.texts.get(name).ok_or_else(|| Error::file_not_found(name))?;
        File::from_source(name, text)
    }
}

/// Proto files, compiled.
pub(crate) struct Compiled {
    /// For whoever makes something of them.
    pub set: FileDescriptorSet,
    /// The same, whole: prost's types leave out options that they do not know, `debug_redact` among them.
    pub bytes: Vec<u8>,
}

/// The files compiled, with what they import, in an order in which every file comes after its imports.
///
/// # Panics
/// When protox refuses a file that we rendered.
pub(crate) fn compile(files: &[ProtoFile]) -> Compiled {
    let texts = files.iter().map(|file| (file.name.clone(), file.text.clone())).collect();
    let mut resolver = ChainFileResolver::new();
    resolver.add(InMemory { texts });
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).include_source_info(true);
    for file in files {
        if let Err(error) = compiler.open_file(&file.name) {
            panic!("rendered protos compile, `{}` does not: {error:?}\n{}", file.name, file.text);
        }
    }
    // Through bytes: protox has types of its own for descriptors, ours are prost's.
    let bytes = compiler.encode_file_descriptor_set();
    let set = FileDescriptorSet::decode(bytes.as_slice())
        .unwrap_or_else(|error| panic!("protox encodes what prost decodes: {error}"));
    Compiled { set, bytes }
}
