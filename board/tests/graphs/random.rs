//! Legal graphs from a seed: about 1.3 arrows a sticky, most within a context, feedback, hubs, loose ends.

use petgraph::graph::NodeIndex;
use storm_dsl::graph::{Arrow, FlowGraph, StickyKind};

use super::Build;

/// A small generator of numbers, the same on every machine.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// From 0 to below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % bound.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

const VERBS: [&str; 10] =
    ["Place", "Charge", "Ship", "Cancel", "Reserve", "Release", "Notify", "Approve", "Reject", "Refund"];
const NOUNS: [&str; 10] =
    ["Order", "Payment", "Parcel", "Invoice", "Basket", "Customer", "Stock", "Return", "Voucher", "Account"];

#[derive(Default)]
struct Made {
    actors: Vec<NodeIndex>,
    handlers: Vec<NodeIndex>,
    commands: Vec<NodeIndex>,
    events: Vec<NodeIndex>,
}

/// A graph of about `stickies` stickies.
pub fn random(seed: u64, stickies: usize) -> FlowGraph {
    let mut dice = Dice::new(seed + 1);
    let contexts = (stickies / 30).max(1) + dice.below(3);
    random_in(&mut dice, stickies, contexts)
}

/// A graph of about `stickies` stickies in so many contexts.
pub fn random_in(dice: &mut Dice, stickies: usize, contexts: usize) -> FlowGraph {
    let mut b = Build::new("Random");
    let mut made: Vec<Made> = Vec::new();
    for nth in 0..contexts {
        b.context(&format!("Context{nth}"), if dice.one_in(2) { "team-somebody" } else { "" });
        made.push(Made::default());
    }
    let mut number = 0;
    while b.graph.graph.node_count() < stickies {
        number += 1;
        let nth = dice.below(contexts);
        let mut other = if dice.one_in(5) { dice.below(contexts) } else { nth };
        if !made[other].events.is_empty() && dice.one_in(3) {
            other = nth;
        }
        b.within(nth);
        let name =
            |dice: &mut Dice, last: &str| format!("{}{}{last}{number}", dice.pick(&NOUNS), dice.pick(&VERBS));
        match dice.below(10) {
            0..=3 => {
                if made[nth].handlers.is_empty() || dice.one_in(5) {
                    let kind = if dice.one_in(5) { StickyKind::External } else { StickyKind::Aggregate };
                    let handler = b.note(kind, &name(dice, "Desk"));
                    made[nth].handlers.push(handler);
                }
                if dice.one_in(12) {
                    let actor = b.note(StickyKind::Actor, &format!("Person{number}"));
                    made[nth].actors.push(actor);
                }
                let mut events = Vec::new();
                for part in 0..1 + dice.below(2) {
                    let again = !made[nth].events.is_empty() && dice.one_in(8);
                    let event = if again {
                        dice.pick(&made[nth].events)
                    } else {
                        b.note(StickyKind::Event, &name(dice, &format!("ed{part}")))
                    };
                    events.push(event);
                }
                events.dedup();
                let by =
                    (!made[nth].actors.is_empty() && dice.one_in(2)).then(|| dice.pick(&made[nth].actors));
                let on = dice.pick(&made[nth].handlers);
                let command = b.command(&name(dice, ""), by, on, &events);
                made[nth].commands.push(command);
                made[nth].events.extend(events);
            }
            4..=6 if !made[other].events.is_empty() && !made[nth].commands.is_empty() => {
                let event = dice.pick(&made[other].events);
                let command = dice.pick(&made[nth].commands);
                let sentence =
                    if dice.one_in(2) { "whenever something happened, do something about it" } else { "" };
                let after =
                    if dice.one_in(3) { vec![event, dice.pick(&made[other].events)] } else { vec![event] };
                let then = if dice.one_in(4) {
                    vec![command, dice.pick(&made[nth].commands)]
                } else {
                    vec![command]
                };
                b.policy(&name(dice, "Policy"), sentence, &after, &then);
            }
            7 if !made[nth].events.is_empty() => {
                let of: Vec<NodeIndex> =
                    (0..1 + dice.below(4)).map(|_| dice.pick(&made[nth].events)).collect();
                b.view(&name(dice, "View"), &of);
            }
            8 if !made[nth].events.is_empty() && dice.one_in(2) => {
                let about = dice.pick(&made[nth].events);
                b.hotspot("Who decides this, and when?", about, if dice.one_in(2) { "team-x" } else { "" });
            }
            9 if !made[other].events.is_empty() && dice.one_in(4) => {
                b.outside();
                let event = dice.pick(&made[other].events);
                if dice.one_in(2) {
                    let reader = b.note(StickyKind::Reader, &format!("Reader{number}"));
                    b.arrow(event, reader, Arrow::Reads);
                } else {
                    b.note(StickyKind::Event, &format!("Loose{number}"));
                }
            }
            _ => {
                if dice.one_in(3) {
                    let event = b.note(StickyKind::Event, &name(dice, "Alone"));
                    made[nth].events.push(event);
                }
            }
        }
    }
    b.graph
}
