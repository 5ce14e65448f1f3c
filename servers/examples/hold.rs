//! Holds one server until its input ends: what a test program looks like from outside.
//!
//! Prints the server's process id and its folder, a line each: `cargo run --example hold mysql`.

use storm_servers::{Kind, Options};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::args().nth(1).unwrap_or_default();
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
    let server = kind.ok_or("name a kind of server")?.start_with(Options::new())?;
    println!("{}\n{}", server.pid().unwrap_or(0), server.folder().display());
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}
