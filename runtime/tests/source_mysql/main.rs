//! The MySQL and MariaDB source, held to real servers: what it hands out, resumes after and refuses.
//!
//! The servers are named by `STORM_MARIADB_URL` and `STORM_MYSQL_URL`, for example `mysql://root@127.0.0.1:3306`; the user
//! must be allowed everything. A test of a server that is not named says that it is skipped.

mod captured;
mod cases;
mod cuts;
mod faults;
mod letters;
mod message;
mod refusals;
mod shop;
mod stream;
mod support;
mod types;
mod xa;
