//! What an operator is told when the stored position is lost: what was captured, where the server stands, what can be done.
//! It must not know: how the loss was found.

use super::config::MysqlConfig;
use super::connect::connect;
use super::fault::anew;
use super::server;
use crate::source::code;
use crate::source::{Position, SourceError};

/// Adds the report to an error that says that the position is lost; leaves all others alone.
pub(super) async fn report(
    config: &MysqlConfig,
    source: &str,
    stored: Option<&Position>,
    error: SourceError,
) -> SourceError {
    let lost = [code::OTHER_SERVER, code::POSITION_LOST, code::OTHER_HISTORY].contains(&error.code);
    let Some(stored) = stored.filter(|_| lost) else { return error };
    let now = async {
        let mut conn = connect(config).await?;
        let server = server::check(config, &mut conn).await?;
        server::end(config, &mut conn, &server).await
    };
    let present = match now.await {
        Ok(present) => shown(&present),
        Err(error) => format!("unknown ({})", error.code),
    };
    let help = format!(
        "captured is all up to {}; the server's present end is {present}; what lies between is not captured: compare the \
         tables with what was published, then {}, and write what is missing by hand",
        shown(stored),
        anew(source, stored.incarnation.max(config.incarnation)),
    );
    let before = if error.help.is_empty() { String::new() } else { format!("{}; ", error.help) };
    SourceError { help: before + &help, ..error }
}

fn shown(position: &Position) -> String {
    let Position { gtid_set, file, offset, .. } = position;
    if gtid_set.is_empty() {
        format!("`{file}:{offset}`")
    } else {
        format!("`{gtid_set}` (`{file}:{offset}`)")
    }
}
