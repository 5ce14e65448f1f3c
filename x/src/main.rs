//! The task runner behind `cargo x`: what a developer does here, one command each.
//!
//! It only runs other programs: it must not depend on the crates it builds and tests, so that it
//! compiles in seconds and still works when they do not.

mod bench;
mod command;
mod start;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// How a task ends: an exit code, or what went wrong outside of it.
type Outcome = Result<ExitCode, String>;

/// The project's tasks, run as `cargo x TASK`
#[derive(Parser)]
#[command(name = "cargo x", bin_name = "cargo x")]
struct CommandLine {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    Demo(command::demo::Demo),
    Test(command::test::Test),
    Servers(command::servers::Servers),
    Soak(command::soak::Soak),
    Bless(command::bless::Bless),
    Bench(command::bench::Bench),
    Fuzz(command::fuzz::Fuzz),
}

fn main() -> ExitCode {
    let outcome = match CommandLine::parse().task {
        Task::Demo(task) => command::demo::run(&task),
        Task::Test(task) => command::test::run(&task),
        Task::Servers(task) => command::servers::run(&task),
        Task::Soak(task) => command::soak::run(&task),
        Task::Bless(task) => command::bless::run(&task),
        Task::Bench(task) => command::bench::run(&task),
        Task::Fuzz(task) => command::fuzz::run(&task),
    };
    outcome.unwrap_or_else(|why| {
        eprintln!("error: {why}");
        ExitCode::from(2)
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::CommandLine::command().debug_assert();
    }
}
