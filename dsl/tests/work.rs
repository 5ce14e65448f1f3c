//! The work of reading grows with the length of the text alone, whatever it says: the grammar may make a fixed number
//! of steps a byte. Steps are counted, not seconds. It stands alone, because the limit holds for the whole process.

use std::num::NonZeroUsize;
use storm_dsl::source::FileId;
use storm_dsl::syntax::parse;

/// How many steps the grammar may make for a byte of text.
const STEPS_A_BYTE: usize = 120;

/// Pieces that, repeated, invite a parser to go back again and again.
const PIECES: &[&str] = &[
    "(",
    "((a) or ",
    "{",
    "}",
    "\"",
    "\"\\",
    "@a ",
    "@a\n",
    "@a(",
    "/// a\n",
    "///\n\n",
    "// x\n",
    "a ",
    "a\n",
    "a.",
    ",",
    "not ",
    "- ",
    "if x (",
    "map<",
    "`",
    "ü",
    "\0",
    "-> A | ",
    "event A {\n",
    "event A { @a\n",
    "event A { /// x\n",
    "event A { x ",
    "event A\n",
    "event A { a } ",
    "event A\na\n",
    "evnt A { a b }\n",
    "context A {\n",
    "context A { a {\n",
    "context A { event B { a b }\n",
    "policy P { if ((((",
    "policy P {\n then X {\n",
    "policy P {\n retry 8 times\n}\n",
    "context A { then X { ",
    "use A.{ ",
    "step x {\n",
    "process P { step a\n then B\n",
    "stream A.b { of C where a and\n",
    "scenario \"x\" for P {\n and A\n",
    "event A }\n",
    "}\nevent A\n",
    "\n{ \n ///\n",
];

#[test]
fn the_work_grows_with_the_text_alone() {
    for length in [1_000, 10_000] {
        for piece in PIECES {
            let bare = piece.repeat(length / piece.len());
            for text in [
                bare.clone(),
                format!("context A {{\n{bare}"),
                format!("context A {{ event E {{\n{bare}"),
                format!("context A {{ policy P {{ then C {{\n{bare}"),
            ] {
                pest::set_call_limit(NonZeroUsize::new(STEPS_A_BYTE * text.len()));
                let (_, findings) = parse(FileId(0), &text);
                let given_up = findings.iter().any(|finding| finding.message.contains("cannot be read"));
                assert!(
                    !given_up,
                    "more than {STEPS_A_BYTE} steps a byte for {} bytes of {piece:?}: {:.60}…",
                    text.len(),
                    text
                );
            }
        }
    }
}
