//! One context of a generated model: its text, and the captures its events come from.

use std::fmt::Write;

use super::names::{BUSINESSES, PARTS, Part, snake, table};

/// So many contexts hand work on to each other; the last one of them hands nothing on.
const CHAIN: usize = 6;

/// A context, its things and whom it hands work to.
pub(super) struct Context {
    number: usize,
    part: &'static Part,
    things: Vec<Thing>,
    hands_on: bool,
}

/// One kind of thing and the names made from its own.
pub(super) struct Thing {
    pub(super) name: &'static str,
    pub(super) key: String,
    pub(super) table: String,
    /// An outside system approves it.
    outside: bool,
}

impl Context {
    /// The context with this number and so many things; `more` says whether another one follows.
    pub(super) fn new(number: usize, things: usize, more: bool) -> Self {
        let part = part(number);
        let names = part.things.into_iter().take(things).enumerate();
        let things = names.map(|(place, name)| Thing {
            name,
            key: format!("{}_id", snake(name)),
            table: table(name),
            outside: place == 2 && number.is_multiple_of(4),
        });
        let hands_on = more && number % CHAIN != CHAIN - 1;
        Self { number, part, things: things.collect(), hands_on }
    }

    pub(super) fn things(&self) -> &[Thing] {
        &self.things
    }

    /// `GardenBilling`; a number follows when the names are used up.
    pub(super) fn name(&self) -> String {
        name_of(self.number)
    }

    pub(super) fn snake(&self) -> String {
        snake(&self.name())
    }

    /// The context's own file.
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "/// {part} of the {business} business.
context {name} {{
  owner \"team-{business}\"
  actor {actor}
",
            part = self.part.name,
            business = snake(business(self.number)),
            name = self.name(),
            actor = self.part.actor,
        );
        if self.things.iter().any(|thing| thing.outside) {
            text.push_str(OUTSIDE);
        }
        for thing in &self.things {
            thing.declare(&mut text, self.part.actor);
        }
        for (place, thing) in self.things.iter().enumerate() {
            self.react(&mut text, thing, self.things.get(place + 1));
        }
        text.push_str("}\n");
        text
    }

    /// What follows the events of one thing; the first one's end is handed to the next context.
    fn react(&self, text: &mut String, thing: &Thing, next: Option<&Thing>) {
        let Thing { name, key, .. } = thing;
        let lower = snake(name).replace('_', " ");
        policy(
            text,
            &format!("Approve{name}WhenOpened"),
            &format!("whenever the {lower} is opened, have it approved"),
            &format!("whenever {name}Opened\n    if amount > 0\n    then Approve{name} {{ {key}, amount }}"),
            "skip if email ends with \"@example.test\"",
        );
        let (then, what) = match (next, self.hands_on && next.is_none()) {
            (Some(next), _) => (format!("Open{}", next.name), next.key.clone()),
            (None, true) => {
                let first = part(self.number + 1).things[0];
                (format!("{}.Open{first}", name_of(self.number + 1)), format!("{}_id", snake(first)))
            }
            (None, false) => return,
        };
        policy(
            text,
            &format!("GoOnAfter{name}"),
            &format!("whenever the {lower} is approved, go on with the next thing"),
            &format!(
                "whenever {name}Approved
    then {then} {{ {what}: {key}, customer_id, email, quantity: 1, amount }}"
            ),
            "lag at most 30s",
        );
    }

    /// The context's source and captures.
    pub(super) fn captures(&self) -> String {
        let name = self.snake();
        let tables: Vec<&str> = self.things.iter().map(|thing| thing.table.as_str()).collect();
        let mut text = format!(
            "source {name}_db: mysql {{
  schema \"schema/{name}.sql\"
  databases \"{name}\"
  tables {}
}}
",
            tables.join(", ")
        );
        for thing in &self.things {
            thing.capture(&mut text, &self.name(), &format!("{name}_db.{}", thing.table));
        }
        text
    }
}

const OUTSIDE: &str = "
  external Registry {
    url \"https://registry.example\"
    timeout 3s
    at most 50/s
  }
";

/// Writing to a string cannot fail, so its result is dropped here and in the other writers.
fn policy(text: &mut String, name: &str, sentence: &str, rule: &str, clause: &str) {
    let _ = write!(
        text,
        "
  policy {name} \"{sentence}\" {{
    {rule}
    {clause}
    retry 8 times backoff 200ms to 1m then skip
  }}
"
    );
}

impl Thing {
    fn declare(&self, text: &mut String, actor: &str) {
        let Self { name, key, .. } = self;
        let lower = snake(name).replace('_', " ");
        let (target, by, from) = if self.outside {
            ("Registry", format!(" key {key}"), format!("from Registry key {key}"))
        } else {
            (*name, String::new(), format!("on {name}"))
        };
        let _ = write!(
            text,
            "
  aggregate {name} key {key}: uuid

  /// Somebody wants a {lower}.
  command Open{name} by {actor} on {name} -> {name}Opened | {name}Refused {{
    {key}
    customer_id: uuid
    email: string(255)
    quantity: u32
    amount: decimal(12, 2)
  }}
  command Approve{name} on {target}{by} -> {name}Approved {{ {key}, amount: decimal(12, 2) }}
  command Close{name} by {actor} on {name} -> {name}Closed {{ {key}, reason: string(200) }}

  /// The {lower} is in the books.
  event {name}Opened on {name} {{
    {key}
    customer_id: uuid
    @pii email: string(255)
    quantity: u32
    amount: decimal(12, 2)
    note: string(500)?
    opened_at: timestamp
  }}

  event {name}Approved {from} {{
    {key}
    customer_id: uuid
    @pii email: string(255)
    amount: decimal(12, 2)
    approved_at: timestamp
  }}

  event {name}Closed on {name} {{ {key}, reason: string(200), closed_at: timestamp }}

  /// There is no row for a {lower} that was refused.
  event {name}Refused on {name} {{ {key}, reason: string(200) }}
"
        );
    }

    fn capture(&self, text: &mut String, context: &str, table: &str) {
        let Self { name, key, .. } = self;
        let _ = write!(
            text,
            "
capture {context}.{name}Opened from {table} inserted {{
  {key}: id
  customer_id
  email
  quantity
  amount
  note
  opened_at
}}
"
        );
        if !self.outside {
            let _ = write!(
                text,
                "
capture {context}.{name}Approved from {table} updated where old.status != \"approved\" and new.status == \"approved\" {{
  {key}: new.id
  customer_id: new.customer_id
  email: new.email
  amount: new.amount
  approved_at: new.updated_at
}}
"
            );
        }
        let _ = write!(
            text,
            "
capture {context}.{name}Closed from {table} updated where old.status != \"closed\" and new.status == \"closed\" {{
  {key}: new.id
  reason: new.reason
  closed_at: new.updated_at
}}
"
        );
    }
}

fn part(number: usize) -> &'static Part {
    &PARTS[number % PARTS.len()]
}

fn business(number: usize) -> &'static str {
    BUSINESSES[number / PARTS.len() % BUSINESSES.len()]
}

fn name_of(number: usize) -> String {
    let round = number / PARTS.len() / BUSINESSES.len();
    let round = if round == 0 { String::new() } else { (round + 1).to_string() };
    format!("{}{}{round}", business(number), part(number).name)
}
