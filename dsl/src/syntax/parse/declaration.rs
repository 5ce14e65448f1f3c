//! What stands in a context: the small declarations, commands and events. It must not know where a context begins.

use super::build::Build;
use super::grammar::{Pair, Rule};
use super::once::Once;
use crate::syntax::tree::{Actor, Command, Enum, EnumValue, Event, External, Hotspot, Kind, Record};

impl Build<'_> {
    /// What a declaration is; none when the pair is no declaration of a context.
    pub(super) fn kind(&mut self, pair: Pair<'_>) -> Option<Kind> {
        match pair.as_rule() {
            Rule::event => self.event(pair).map(Kind::Event),
            Rule::command => self.command(pair).map(Kind::Command),
            Rule::policy => self.policy(pair).map(|policy| Kind::Policy(Box::new(policy))),
            Rule::aggregate => self.aggregate(pair).map(Kind::Aggregate),
            Rule::type_decl => self.type_decl(pair).map(Kind::Type),
            Rule::enum_decl => self.enum_decl(pair).map(Kind::Enum),
            Rule::external => self.external(pair).map(Kind::External),
            Rule::actor => self.actor(pair).map(Kind::Actor),
            Rule::view => self.view(pair).map(Kind::View),
            Rule::process => self.process(pair).map(Kind::Process),
            Rule::hotspot => self.hotspot(pair).map(Kind::Hotspot),
            Rule::owner => self.owner(pair),
            _ => None,
        }
    }

    fn owner(&mut self, pair: Pair<'_>) -> Option<Kind> {
        let mut owner = None;
        self.parts(pair, |build, part| {
            if part.as_rule() == Rule::text {
                owner = Some(build.text(&part));
            }
        });
        owner.map(Kind::Owner)
    }

    fn actor(&mut self, pair: Pair<'_>) -> Option<Actor> {
        let (mut name, mut label) = (None, None);
        self.parts(pair, |build, part| match part.as_rule() {
            Rule::name => name = Some(build.name(&part)),
            Rule::label => label = build.label(part),
            _ => {}
        });
        Some(Actor { name: name?, label })
    }

    fn enum_decl(&mut self, pair: Pair<'_>) -> Option<Enum> {
        let (mut name, mut values) = (None, Vec::new());
        self.parts(pair, |build, part| match part.as_rule() {
            Rule::name => name = Some(build.name(&part)),
            Rule::enum_body => {
                build.body(part, Rule::enum_line, |build, part| values.extend(build.enum_value(part)))
            }
            _ => {}
        });
        Some(Enum { name: name?, values })
    }

    fn enum_value(&mut self, pair: Pair<'_>) -> Option<EnumValue> {
        if pair.as_rule() != Rule::enum_value {
            return None;
        }
        let (mut doc, mut name, mut renamed_from) = (None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::doc => doc = Some(self.doc(part)),
                Rule::name => name = Some(self.name(&part)),
                Rule::renamed => renamed_from = self.names(part).pop(),
                _ => {}
            }
        }
        Some(EnumValue { doc, name: name?, renamed_from })
    }

    fn type_decl(&mut self, pair: Pair<'_>) -> Option<Record> {
        let (mut name, mut fields) = (None, Vec::new());
        self.parts(pair, |build, part| match part.as_rule() {
            Rule::name => name = Some(build.name(&part)),
            Rule::fields => build.body(part, Rule::field_line, |build, part| {
                if part.as_rule() == Rule::field {
                    fields.extend(build.field(part));
                }
            }),
            _ => {}
        });
        Some(Record { name: name?, fields })
    }

    fn external(&mut self, pair: Pair<'_>) -> Option<External> {
        let (mut name, mut label) = (None, None);
        let (mut url, mut timeout, mut at_most) = (Once::new(), Once::new(), Once::new());
        self.parts(pair, |build, part| match part.as_rule() {
            Rule::name => name = Some(build.name(&part)),
            Rule::label => label = build.label(part),
            Rule::external_body => build.body(part, Rule::external_line, |build, part| {
                let (rule, span) = (part.as_rule(), build.span(&part));
                let Some(value) = part.into_inner().last() else { return };
                match rule {
                    Rule::url => url.read(build, "url", span, |build| Some(build.text(&value))),
                    Rule::timeout => {
                        timeout.read(build, "timeout", span, |build| Some(build.duration(&value)))
                    }
                    Rule::at_most => at_most.read(build, "at most", span, |build| Some(build.rate(&value))),
                    _ => {}
                }
            }),
            _ => {}
        });
        Some(External {
            name: name?,
            label,
            url: url.take(),
            timeout: timeout.take(),
            at_most: at_most.take(),
        })
    }

    fn command(&mut self, pair: Pair<'_>) -> Option<Command> {
        let (mut name, mut label, mut version) = (None, Once::new(), Once::new());
        let (mut by, mut every, mut on) = (Once::new(), Once::new(), Once::new());
        let (mut key, mut emits, mut body) = (Once::new(), Once::new(), None);
        self.parts(pair, |build, part| {
            let span = build.span(&part);
            match part.as_rule() {
                Rule::name => name = Some(build.name(&part)),
                Rule::version => version.read(build, "v", span, |build| Some(build.version(&part))),
                Rule::label => label.read(build, "as", span, |build| build.label(part)),
                Rule::by_actor => by.read(build, "by", span, |build| Some(build.paths(part))),
                Rule::schedule => every.read(build, "every", span, |build| build.inner_text(part)),
                Rule::on_clause => on.read(build, "on", span, |build| build.paths(part).pop()),
                Rule::key_names => key.read(build, "key", span, |build| Some(build.names(part))),
                Rule::emits => emits.read(build, "->", span, |build| Some(build.paths(part))),
                Rule::record => body = Some(build.record(part)),
                _ => {}
            }
        });
        let has_body = body.is_some();
        let (fields, upcasts) = body.unwrap_or_default();
        Some(Command {
            name: name?,
            label: label.take(),
            version: version.take(),
            by: by.take().unwrap_or_default(),
            every: every.take(),
            on: on.take(),
            key: key.take().unwrap_or_default(),
            emits: emits.take().unwrap_or_default(),
            fields,
            upcasts,
            has_body,
        })
    }

    fn event(&mut self, pair: Pair<'_>) -> Option<Event> {
        let (mut name, mut label, mut version) = (None, Once::new(), Once::new());
        let (mut on, mut from, mut key, mut body) = (Once::new(), Once::new(), Once::new(), None);
        self.parts(pair, |build, part| {
            let span = build.span(&part);
            match part.as_rule() {
                Rule::name => name = Some(build.name(&part)),
                Rule::version => version.read(build, "v", span, |build| Some(build.version(&part))),
                Rule::label => label.read(build, "as", span, |build| build.label(part)),
                Rule::on_clause => on.read(build, "on", span, |build| build.paths(part).pop()),
                Rule::from_clause => from.read(build, "from", span, |build| build.paths(part).pop()),
                Rule::key_names => key.read(build, "key", span, |build| Some(build.names(part))),
                Rule::record => body = Some(build.record(part)),
                _ => {}
            }
        });
        let has_body = body.is_some();
        let (fields, upcasts) = body.unwrap_or_default();
        Some(Event {
            name: name?,
            label: label.take(),
            version: version.take(),
            on: on.take(),
            from: from.take(),
            key: key.take().unwrap_or_default(),
            fields,
            upcasts,
            has_body,
        })
    }

    fn hotspot(&mut self, pair: Pair<'_>) -> Option<Hotspot> {
        let (mut text, mut on, mut owner, mut due) = (None, Once::new(), Once::new(), Once::new());
        self.parts(pair, |build, part| {
            let span = build.span(&part);
            match part.as_rule() {
                Rule::text => text = Some(build.text(&part)),
                Rule::on_clause => on.read(build, "on", span, |build| build.paths(part).pop()),
                Rule::hotspot_owner => owner.read(build, "owner", span, |build| build.inner_text(part)),
                Rule::due => due
                    .read(build, "due", span, |build| part.into_inner().last().map(|date| build.date(&date))),
                _ => {}
            }
        });
        Some(Hotspot { text: text?, on: on.take(), owner: owner.take(), due: due.take() })
    }
}
