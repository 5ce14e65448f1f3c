//! Models of any size, believable enough to cost what a real one costs.
//!
//! Events come in fours, around one kind of thing: it is opened, approved, closed or refused. Three
//! things share a context, six contexts hand work on to each other, each context has a database. The
//! text is the same for the same size.

mod context;
mod names;
mod schema;

use std::fs;
use std::io;
use std::path::Path;

use context::Context;

/// Events that stand around one thing.
const EVENTS_A_THING: usize = 4;
/// Things in one context.
const THINGS_A_CONTEXT: usize = 3;

/// Writes a model of service depth with `events` events, rounded up to a multiple of four.
pub(super) fn write(events: usize, into: &Path) -> io::Result<()> {
    fs::create_dir_all(into.join("schema"))?;
    fs::write(into.join("storm.toml"), "name = \"bench\"\n")?;
    let mut things = events.div_ceil(EVENTS_A_THING);
    for number in 0.. {
        let here = things.min(THINGS_A_CONTEXT);
        if here == 0 {
            break;
        }
        things -= here;
        let context = Context::new(number, here, things > 0);
        let name = context.snake();
        fs::write(into.join(format!("{name}.storm")), context.text())?;
        fs::write(into.join(format!("{name}_capture.storm")), context.captures())?;
        fs::write(into.join(format!("schema/{name}.sql")), schema::text(&context))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    #[test]
    fn a_model_has_as_many_events_as_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        super::write(100, folder.path()).unwrap();
        let texts = fs::read_dir(folder.path()).unwrap().flatten();
        let texts: Vec<String> = texts.filter_map(|file| fs::read_to_string(file.path()).ok()).collect();
        let count = |start: &str| {
            texts
                .iter()
                .flat_map(|text| text.lines())
                .filter(|line| line.trim_start().starts_with(start))
                .count()
        };
        assert_eq!(count("event "), 100);
        assert_eq!(count("context "), 9);
        // Those that are refused or approved outside are recorded by a handler, the others captured.
        assert_eq!(count("event ") - count("capture "), 25 + 2);
    }
}
