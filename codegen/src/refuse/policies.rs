//! Policies that must remember or wait: joins, timers.

use storm_dsl::diagnostic::{Diagnostic, Rule};
use storm_dsl::model::{Join, Model, Policy};

use super::is_written;

pub(super) static JOIN: Rule = Rule {
    code: "S0703",
    title: "a join cannot run yet",
    explain: "A policy that waits for several events keeps state for each key; the runtime cannot do that yet.\n\n```storm\n\
whenever OrderPaid and Inventory.StockReserved within 2h by order_id\n```\n\nUntil then, let the handler of one event note \
it in a table, and let the other's look there.",
};

pub(super) static TIMER: Rule = Rule {
    code: "S0704",
    title: "a timer cannot run yet",
    explain: "A policy with `after`, `unless` or `otherwise` waits and asks again; the runtime cannot do that yet.\n\n\
Until then, let a scheduled command look for what is overdue:\n\n```storm\ncommand RemindToPay every \"0 * * * *\" on Order \
-> ReminderSent\n```",
};

fn written(model: &Model) -> impl Iterator<Item = &Policy> {
    model.policies.iter().filter(|policy| is_written(model, &policy.head))
}

pub(super) fn joins(model: &Model) -> Vec<Diagnostic> {
    let joins = written(model)
        .filter(|policy| (policy.join == Join::All && policy.whenever.len() > 1) || policy.within.is_some());
    joins
        .map(|policy| {
            let message = format!("the join of `{}` cannot run yet", policy.head.name);
            Diagnostic::error(&JOIN, policy.whenever_span.unwrap_or(policy.head.name_span), message)
                .help("let one handler note its event in a table, and the other's look there")
        })
        .collect()
}

pub(super) fn timers(model: &Model) -> Vec<Diagnostic> {
    let place = |policy: &Policy| {
        let after = policy.after.map(|(_, span)| (span, "after"));
        let unless = policy.unless.first().map(|(_, span)| (*span, "unless"));
        let otherwise = policy.otherwise.first().map(|send| (send.span, "otherwise"));
        after.or(unless).or(otherwise)
    };
    let timers = written(model).filter_map(|policy| Some((policy, place(policy)?)));
    timers
        .map(|(policy, (span, word))| {
            let message = format!("`{word}` in the policy `{}` cannot run yet", policy.head.name);
            Diagnostic::error(&TIMER, span, message)
                .help("let a scheduled command look for what is overdue: `command … every \"0 * * * *\"`")
        })
        .collect()
}
