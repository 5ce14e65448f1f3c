//! The database behind a context, as `SHOW CREATE TABLE` tells it.

use std::fmt::Write;

use super::context::Context;

pub(super) fn text(context: &Context) -> String {
    let mut text = format!("-- The database of {}.\n", context.name());
    for thing in context.things() {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "
CREATE TABLE `{table}` (
  `id` char(36) CHARACTER SET ascii NOT NULL,
  `customer_id` char(36) CHARACTER SET ascii NOT NULL,
  `email` varchar(255) NOT NULL,
  `status` enum('opened','approved','closed') NOT NULL DEFAULT 'opened',
  `quantity` int unsigned NOT NULL,
  `amount` decimal(12,2) NOT NULL,
  `note` varchar(500) DEFAULT NULL,
  `reason` varchar(200) NOT NULL DEFAULT '',
  `opened_at` datetime(6) NOT NULL,
  `updated_at` datetime(6) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `opened` (`status`,`opened_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
",
            table = thing.table
        );
    }
    text
}
