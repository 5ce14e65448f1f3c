//! Rules of the board: what follows what on the wall.

pub mod clauses;
pub mod cron;
pub mod entrance;
pub mod events_at_home;
pub mod handled_by;
pub mod hears_events;
pub mod invariant;
pub mod issued_by;
pub mod loops;
pub mod loose;
pub mod raised_from;
pub mod retry;
pub mod scenario_step;
pub mod scheduled;
pub mod sends_commands;
pub mod unissued;
pub mod versions;
