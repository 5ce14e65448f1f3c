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

/// The files compiled, with what they import, in an order in which every file comes after its imports.
///
/// # Panics
/// When protox refuses a file that we rendered.
pub(crate) fn compile(files: &[ProtoFile]) -> FileDescriptorSet {
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
    // Through bytes: protox has options of its own in its descriptors, ours are prost's.
    let encoded = compiler.encode_file_descriptor_set();
    FileDescriptorSet::decode(encoded.as_slice())
        .unwrap_or_else(|error| panic!("protox encodes what prost decodes: {error}"))
}
