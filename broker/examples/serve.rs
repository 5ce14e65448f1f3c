//! Keeps a broker running until its standard input ends: `cargo run -p storm-broker --example serve [PORT]`.

use std::io::Read;

use storm_broker::{Broker, Options};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let broker = Broker::start(Options { port, ..Options::default() }).await?;
    println!("{}", broker.bootstrap());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    broker.shutdown().await;
    Ok(())
}
