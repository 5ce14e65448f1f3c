-- A snapshot of the tables that events are captured from, as `SHOW CREATE TABLE` tells them.
CREATE TABLE `orders` (
  `id` char(36) CHARACTER SET ascii NOT NULL,
  `total` decimal(12,2) NOT NULL,
  `placed_at` datetime(6) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
