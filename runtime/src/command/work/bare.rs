//! A handler without a database: nothing is begun and nothing committed, so a command may act more than once, and its
//! handler dedupes by the command's id where that matters. Events cannot be recorded: there is no outbox to capture.
//! It must not know: what a handler does instead.

use super::{Done, Kind, Order, Work};
use crate::command::Handle;
use crate::command::leash::Leash;
use crate::failure::{self, Failure};

pub(super) async fn run(order: &Order, table: &dyn Handle, leash: &Leash<'_>) -> Result<Done, Failure> {
    super::handle(Work { kind: Kind::Bare, order }, table, leash).await.1.outcome()?;
    Ok(Done::Acted)
}

/// What a statement or a recorded event ends in.
pub(super) fn refused(what: &str) -> Failure {
    Failure {
        kind: failure::Kind::ForGood,
        code: "H-107",
        message: format!("{what} needs a database, and `database.url` is `none`"),
    }
}

#[cfg(test)]
mod tests {
    use crate::command::CommandTable;
    use crate::command::leash::Leash;
    use crate::command::work::{Done, Order, Transactions};
    use crate::failure::Failure;
    use crate::lineage::Lineage;
    use crate::{Command, Message, Refusal, Work};

    #[derive(Debug, Clone, PartialEq)]
    struct Ring(bool);

    impl Message for Ring {
        const NAME: &'static str = "test.v1.Ring";
        fn key(&self) -> String {
            "bell".into()
        }
        fn encode(&self) -> Vec<u8> {
            vec![self.0.into()]
        }
        fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
            Ok(Self(bytes == [1]))
        }
    }
    impl Command for Ring {
        const CONTEXT: &'static str = "test";
        const TOPIC: &'static str = "test_commands";
    }

    struct Bell;

    impl Bell {
        async fn ring(&self, ring: Ring, work: &mut Work<'_>) -> Result<(), Failure> {
            assert_eq!(work.command_id(), "c-1");
            if ring.0 { work.exec("INSERT INTO rings VALUES ()", ()).await.map(drop) } else { Ok(()) }
        }
    }

    #[tokio::test]
    async fn a_handler_works_without_a_database_until_it_asks_for_one() {
        let table = CommandTable::new(Bell).on::<Ring>(|bell, ring, work| Box::pin(bell.ring(ring, work)));
        let done = |writes: bool| {
            let order = Order {
                name: Ring::NAME.into(),
                id: "c-1".into(),
                key: "bell".into(),
                tenant: None,
                lineage: Lineage::beginning("c-1"),
                due: None,
                fingerprint: None,
                body: Ring(writes).encode().into(),
            };
            let table = &table;
            async move { Transactions::Bare.run(&order, table, &Leash::of(crate::minutes(1))).await }
        };
        assert_eq!(done(false).await, Ok(Done::Acted));
        assert_eq!(done(false).await, Ok(Done::Acted), "twice is twice: nothing remembers");
        assert_eq!(done(true).await.map_err(|failure| failure.code), Err("H-107"));
    }
}
