//! A start that finds Kafka standing still: each thing it asks of the brokers is asked again until they answer, as long as
//! `kafka.start_timeout` allows, and the log says what is awaited.
//! It must not know: what is asked.

use std::time::Duration;

use tokio::time::Instant;

use crate::fault::Fault;
use crate::flow::Stop;

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(500);

/// Asks until there is an answer, or a fault that waiting does not mend. Nothing when `stop` is asked first. What is asked
/// must bear being asked twice.
///
/// # Errors
/// The brokers have not answered within `patience`: the last fault. Any other fault, at once.
pub(super) async fn patiently<T>(
    patience: Duration,
    stop: &Stop,
    what: &str,
    ask: impl AsyncFn() -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    let start = Instant::now();
    loop {
        let answer = tokio::select! {
            answer = ask() => answer,
            () = stop.wait() => return Ok(None),
        };
        match answer {
            Ok(answer) => return Ok(Some(answer)),
            Err(fault) if passes(&fault) && start.elapsed() < patience => {
                let (code, why, waited) = (fault.code, &fault.message, start.elapsed().as_secs());
                tracing::warn!(target: "storm::kafka", code, what, why, waited, "waiting for Kafka");
            }
            Err(fault) => return Err(fault),
        }
        if !stop.sleep(PAUSE).await {
            return Ok(None);
        }
    }
}

/// True when brokers that come back mend it: they did not answer, or a topic could not be read to its end.
fn passes(fault: &Fault) -> bool {
    matches!(fault.code, "K-101" | "K-103" | "K-104" | "K-108")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    async fn asked(codes: &[&'static str], stop: &Stop) -> (Result<Option<usize>, &'static str>, Duration) {
        let (asks, start) = (Cell::new(0), Instant::now());
        let ask = async || {
            // Each takes as long as a topic may that is not read to its end.
            tokio::time::sleep(Duration::from_secs(15)).await;
            let ask = asks.replace(asks.get() + 1);
            codes.get(ask.min(codes.len())).map_or(Ok(ask), |code| Err(Fault::world(code, "why", "help")))
        };
        let answer = patiently(MINUTE, stop, "the context's topics", ask).await;
        (answer.map_err(|fault| fault.code), start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_waits_for_brokers_that_stand_still_and_no_longer_than_it_may() {
        let stop = Stop::new();
        assert_eq!(asked(&["K-108", "K-101", "K-104"], &stop).await.0, Ok(Some(3)));
        let (answer, waited) = asked(&["K-108"; 99], &stop).await;
        assert_eq!(answer, Err("K-108"));
        assert!(waited >= MINUTE && waited < 2 * MINUTE, "it has waited {waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_waiting_does_not_mend_is_said_at_once_and_a_stop_is_heard() {
        let stop = Stop::new();
        let (answer, waited) = asked(&["K-122"], &stop).await;
        assert_eq!((answer, waited), (Err("K-122"), Duration::from_secs(15)));
        stop.ask();
        assert_eq!(asked(&["K-108"; 99], &stop).await, (Ok(None), Duration::ZERO));
    }
}
