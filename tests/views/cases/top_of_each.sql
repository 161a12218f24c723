-- The two dearest orders of each customer, by a window in a derived table.
-- kept: touched groups
CREATE TABLE orders (id integer PRIMARY KEY, customer integer, amount numeric(9,2));
CREATE MATERIALIZED VIEW v AS
SELECT id, customer, amount, place FROM (
  SELECT o.*, row_number() OVER (PARTITION BY customer ORDER BY amount DESC, id) AS place FROM orders o
) ranked WHERE place <= 2;

-- cut
INSERT INTO orders VALUES (1, 1, 10), (2, 1, 30), (3, 1, 20), (4, 2, 5), (5, NULL, 1);
-- rows
-- 2 | 1 | 30.00 | 1
-- 3 | 1 | 20.00 | 2
-- 4 | 2 | 5.00 | 1
-- 5 | null | 1.00 | 1

-- cut
DELETE FROM orders WHERE id = 2;
INSERT INTO orders VALUES (6, 2, 7), (7, 2, 6);
-- rows
-- 1 | 1 | 10.00 | 2
-- 3 | 1 | 20.00 | 1
-- 5 | null | 1.00 | 1
-- 6 | 2 | 7.00 | 1
-- 7 | 2 | 6.00 | 2

-- cut
UPDATE orders SET customer = 2 WHERE id = 3;
UPDATE orders SET amount = NULL WHERE id = 6;
-- rows
-- 1 | 1 | 10.00 | 1
-- 3 | 2 | 20.00 | 2
-- 5 | null | 1.00 | 1
-- 6 | 2 | null | 1
