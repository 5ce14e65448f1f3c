//! Where code and configuration meet: what one of them names, the other has. What the compiler would not let through is
//! held once more.
//! It must not know: what is done with what is named.

use crate::config::Config;
use crate::fault::Fault;
use crate::flow::prune::Keeps;
use crate::service::{PolicyEntry, Service};

/// Checks every name, before anything is started.
///
/// # Errors
/// A policy asks for a command that nobody does (H-106), the configuration names something that the context does not
/// have (F-109), or would remove inbox rows too early (F-114).
pub(crate) fn fit(service: &Service, config: &Config) -> Result<(), Fault> {
    let known = service.commands.as_ref().map(|table| table.names()).unwrap_or_default();
    let ours = |policy: &&PolicyEntry| policy.command_context == service.spec.slug;
    for policy in service.policies.iter().filter(ours) {
        if !known.iter().any(|command| command.message == policy.command) {
            let message =
                format!("the policy `{}` asks for `{}`, which no handler does", policy.name, policy.command);
            return Err(Fault::configuration(
                "H-106",
                message,
                "generate the service again and write its handler",
            ));
        }
    }
    if service.commands.is_some() {
        Keeps::of(service.spec, &config.database)?;
    }
    let commands: Vec<&str> = known.iter().filter_map(|command| command.message.rsplit('.').next()).collect();
    let policies: Vec<&str> = service.policies.iter().map(|policy| policy.name).collect();
    let webhooks: Vec<&str> = service.webhooks.iter().map(|webhook| webhook.spec.name).collect();
    let externals: Vec<&str> = service.externals.iter().map(|outside| outside.spec.name).collect();
    let schedules: Vec<&str> = service.schedules.iter().map(|schedule| schedule.name()).collect();
    named("command", config.command.keys(), "has no such command", &commands)?;
    named("policy", config.policy.keys(), "has no such policy", &policies)?;
    named("webhook", config.webhook.keys(), "has no such webhook", &webhooks)?;
    named("external", config.external.keys(), "calls no such system", &externals)?;
    named("schedule", config.schedule.keys(), "has no such scheduled command", &schedules)
}

/// Each of a section's names is one that the context has.
fn named<'c>(
    section: &str,
    mut names: impl Iterator<Item = &'c String>,
    none: &str,
    there: &[&str],
) -> Result<(), Fault> {
    let Some(name) = names.find(|name| !there.contains(&name.as_str())) else { return Ok(()) };
    let help = if there.is_empty() {
        "there are none".to_owned()
    } else {
        format!("there are: {}", there.join(", "))
    };
    Err(Fault::configuration("F-109", format!("`{section}.{name}`: this context {none}"), help))
}
