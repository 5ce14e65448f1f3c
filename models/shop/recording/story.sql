-- A morning in the shop, as its database sees it. The recording script plays this on a real server whose tables are those
-- of ../schema/shop.sql, and keeps the binlog. Each transaction is one thing that somebody, or a service, did, at the time that
-- it tells.

-- What lies on the shelves before the story begins is not part of it.
SET SESSION sql_log_bin = 0;
INSERT INTO stock (sku, on_hand, reorder_level, reorder_quantity) VALUES
  ('teapot-blue', 40, 10, 60), ('cup-white', 104, 100, 400), ('kettle-steel', 25, 5, 20), ('tea-assam-250', 300, 50, 500);
SET SESSION sql_log_bin = 1;

-- Ada orders a teapot and six cups.
SET timestamp = UNIX_TIMESTAMP('2026-11-20 08:01:12.250000');
START TRANSACTION;
INSERT INTO orders (id, customer_id, email, status, `lines`, total, note, placed_at, updated_at) VALUES
  ('0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c01', '7d1f0a52-90c4-4b3e-8f55-1f6a2b7c0a01', 'ada@example.org', 'placed',
   '[{"sku":"teapot-blue","quantity":1,"price":"34.50"},{"sku":"cup-white","quantity":6,"price":"4.20"}]',
   59.70, 'a present', '2026-11-20 08:01:12.250000', '2026-11-20 08:01:12.250000');
COMMIT;

-- Her lines are reserved; the cups fall low.
SET timestamp = UNIX_TIMESTAMP('2026-11-20 08:01:12.301000');
START TRANSACTION;
UPDATE stock SET on_hand = on_hand - 1 WHERE sku = 'teapot-blue';
INSERT INTO reservations VALUES ('teapot-blue', '0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c01', 1, '2026-11-20 08:01:12.301000');
COMMIT;
SET timestamp = UNIX_TIMESTAMP('2026-11-20 08:01:12.304000');
START TRANSACTION;
UPDATE stock SET on_hand = on_hand - 6 WHERE sku = 'cup-white';
INSERT INTO reservations VALUES ('cup-white', '0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c01', 6, '2026-11-20 08:01:12.304000');
COMMIT;

-- Her payment arrives.
SET timestamp = UNIX_TIMESTAMP('2026-11-20 08:01:12.455000');
START TRANSACTION;
UPDATE orders SET status = 'paid', updated_at = '2026-11-20 08:01:12.455000' WHERE id = '0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c01';
COMMIT;

-- Her parcel is packed, leaves the house, and the order is closed.
SET timestamp = UNIX_TIMESTAMP('2026-11-20 08:01:12.510000');
START TRANSACTION;
INSERT INTO parcels (order_id, status, packed_at, updated_at) VALUES
  ('0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c01', 'packed', '2026-11-20 08:01:12.510000', '2026-11-20 08:01:12.510000');
COMMIT;

-- Grace orders more tea than her card allows.
SET timestamp = UNIX_TIMESTAMP('2026-11-20 08:14:40.000000');
START TRANSACTION;
INSERT INTO orders (id, customer_id, email, status, `lines`, total, note, placed_at, updated_at) VALUES
  ('0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c02', '7d1f0a52-90c4-4b3e-8f55-1f6a2b7c0a02', 'grace@example.org', 'placed',
   '[{"sku":"tea-assam-250","quantity":160,"price":"8.90"}]',
   1424.00, NULL, '2026-11-20 08:14:40.000000', '2026-11-20 08:14:40.000000');
COMMIT;
SET timestamp = UNIX_TIMESTAMP('2026-11-20 08:14:40.052000');
START TRANSACTION;
UPDATE stock SET on_hand = on_hand - 160 WHERE sku = 'tea-assam-250';
INSERT INTO reservations VALUES ('tea-assam-250', '0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c02', 160, '2026-11-20 08:14:40.052000');
COMMIT;
SET timestamp = UNIX_TIMESTAMP('2026-11-20 08:14:40.190000');
START TRANSACTION;
UPDATE orders SET status = 'cancelled', cancel_reason = 'the card''s limit is reached', updated_at = '2026-11-20 08:14:40.190000'
  WHERE id = '0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c02';
COMMIT;

-- Alan's order is paid, and then he changes his mind: his money goes back.
SET timestamp = UNIX_TIMESTAMP('2026-11-20 08:30:02.125000');
START TRANSACTION;
INSERT INTO orders (id, customer_id, email, status, `lines`, total, note, placed_at, updated_at) VALUES
  ('0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c03', '7d1f0a52-90c4-4b3e-8f55-1f6a2b7c0a03', 'alan@example.org', 'placed',
   '[{"sku":"kettle-steel","quantity":1,"price":"79.00"}]',
   79.00, NULL, '2026-11-20 08:30:02.125000', '2026-11-20 08:30:02.125000');
COMMIT;
SET timestamp = UNIX_TIMESTAMP('2026-11-20 08:30:02.180000');
START TRANSACTION;
UPDATE stock SET on_hand = on_hand - 1 WHERE sku = 'kettle-steel';
INSERT INTO reservations VALUES ('kettle-steel', '0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c03', 1, '2026-11-20 08:30:02.180000');
COMMIT;
SET timestamp = UNIX_TIMESTAMP('2026-11-20 08:30:02.377000');
START TRANSACTION;
UPDATE orders SET status = 'paid', updated_at = '2026-11-20 08:30:02.377000' WHERE id = '0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c03';
COMMIT;
SET timestamp = UNIX_TIMESTAMP('2026-11-20 08:41:59.900000');
START TRANSACTION;
UPDATE orders SET status = 'cancelled', cancel_reason = 'the customer changed their mind', updated_at = '2026-11-20 08:41:59.900000'
  WHERE id = '0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c03';
COMMIT;
SET timestamp = UNIX_TIMESTAMP('2026-11-20 08:42:00.020000');
START TRANSACTION;
INSERT INTO refunds VALUES ('0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c03', 79.00, '2026-11-20 08:42:00.020000');
COMMIT;

-- A test order of the shop's own people: nobody is charged.
SET timestamp = UNIX_TIMESTAMP('2026-11-20 09:00:00.000000');
START TRANSACTION;
INSERT INTO orders (id, customer_id, email, status, `lines`, total, note, placed_at, updated_at) VALUES
  ('0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c04', '7d1f0a52-90c4-4b3e-8f55-1f6a2b7c0a04', 'till@example.test', 'placed',
   '[{"sku":"cup-white","quantity":1,"price":"4.20"}]',
   4.20, 'a test', '2026-11-20 09:00:00.000000', '2026-11-20 09:00:00.000000');
COMMIT;

-- Ada's parcel goes out with the morning's van.
SET timestamp = UNIX_TIMESTAMP('2026-11-20 09:10:30.000000');
START TRANSACTION;
UPDATE parcels SET status = 'dispatched', tracking_code = 'VAN-0001-7734', updated_at = '2026-11-20 09:10:30.000000'
  WHERE order_id = '0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c01';
COMMIT;
SET timestamp = UNIX_TIMESTAMP('2026-11-20 09:10:30.140000');
START TRANSACTION;
UPDATE orders SET status = 'shipped', tracking_code = 'VAN-0001-7734', updated_at = '2026-11-20 09:10:30.140000'
  WHERE id = '0b54a1de-3c1f-4a57-9d0b-6f0e6a3d1c01';
COMMIT;
