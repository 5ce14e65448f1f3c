-- The shop's database, as `SHOW CREATE TABLE` tells it.

CREATE TABLE `orders` (
  `id` char(36) CHARACTER SET ascii NOT NULL,
  `customer_id` char(36) CHARACTER SET ascii NOT NULL,
  `email` varchar(255) NOT NULL,
  `status` enum('placed','paid','shipped','cancelled') NOT NULL DEFAULT 'placed',
  `lines` json NOT NULL COMMENT 'sku, quantity and price of each line',
  `total` decimal(12,2) NOT NULL,
  `note` varchar(500) DEFAULT NULL,
  `tracking_code` varchar(60) NOT NULL DEFAULT '',
  `cancel_reason` varchar(200) NOT NULL DEFAULT '',
  `placed_at` datetime(6) NOT NULL,
  `updated_at` datetime(6) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `placed` (`status`,`placed_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='what customers asked for';

CREATE TABLE `refunds` (
  `order_id` char(36) CHARACTER SET ascii NOT NULL,
  `amount` decimal(12,2) NOT NULL,
  `refunded_at` datetime(6) NOT NULL,
  PRIMARY KEY (`order_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE `stock` (
  `sku` varchar(40) NOT NULL,
  `on_hand` int unsigned NOT NULL,
  `reorder_level` int unsigned NOT NULL,
  `reorder_quantity` int unsigned NOT NULL,
  PRIMARY KEY (`sku`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE `reservations` (
  `sku` varchar(40) NOT NULL,
  `order_id` char(36) CHARACTER SET ascii NOT NULL,
  `quantity` int unsigned NOT NULL,
  `reserved_at` datetime(6) NOT NULL,
  PRIMARY KEY (`order_id`,`sku`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE `parcels` (
  `order_id` char(36) CHARACTER SET ascii NOT NULL,
  `status` enum('packed','dispatched') NOT NULL DEFAULT 'packed',
  `tracking_code` varchar(60) NOT NULL DEFAULT '',
  `packed_at` datetime(6) NOT NULL,
  `updated_at` datetime(6) NOT NULL,
  PRIMARY KEY (`order_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
