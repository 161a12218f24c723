-- LATERAL: an aggregate of each row, matching rows, and none of them, by CROSS and LEFT JOIN.
-- key: id, item
CREATE TABLE orders (id integer PRIMARY KEY, customer integer, day date);
CREATE TABLE items (id integer PRIMARY KEY, order_id integer, price numeric(9,2));
CREATE MATERIALIZED VIEW v AS
SELECT o.id, o.day, t.n, t.total, i.item, i.price, e.id AS early
FROM orders o
CROSS JOIN LATERAL (SELECT count(*) AS n, coalesce(sum(price), 0) AS total FROM items WHERE order_id = o.id) t
LEFT JOIN LATERAL (SELECT x.id AS item, x.price FROM items x WHERE x.order_id = o.id AND x.price > o.id) i ON true
LEFT JOIN LATERAL (SELECT * FROM orders p WHERE p.customer = o.customer AND p.day < o.day AND p.id = 1) e ON true;

-- cut
INSERT INTO orders VALUES (1, 1, '2024-01-01'), (2, 1, '2024-01-02'), (3, NULL, NULL);
INSERT INTO items VALUES (1, 1, 5), (2, 1, 0.5), (3, 2, 7), (4, 2, 8), (5, 9, 1);
-- rows
-- 1 | 2024-01-01 | 2 | 5.50 | 1 | 5.00 | null
-- 2 | 2024-01-02 | 2 | 15.00 | 3 | 7.00 | 1
-- 2 | 2024-01-02 | 2 | 15.00 | 4 | 8.00 | 1
-- 3 | null | 0 | 0 | null | null | null

-- cut
DELETE FROM items WHERE id IN (3, 4);
UPDATE items SET order_id = 3, price = 9 WHERE id = 5;
-- rows
-- 1 | 2024-01-01 | 2 | 5.50 | 1 | 5.00 | null
-- 2 | 2024-01-02 | 0 | 0 | null | null | 1
-- 3 | null | 1 | 9.00 | 5 | 9.00 | null

-- cut
UPDATE orders SET customer = 2 WHERE id = 1;
UPDATE items SET price = 100 WHERE id = 2;
-- rows
-- 1 | 2024-01-01 | 2 | 105.00 | 1 | 5.00 | null
-- 1 | 2024-01-01 | 2 | 105.00 | 2 | 100.00 | null
-- 2 | 2024-01-02 | 0 | 0 | null | null | null
-- 3 | null | 1 | 9.00 | 5 | 9.00 | null

-- cut
DELETE FROM items;
-- rows
-- 1 | 2024-01-01 | 0 | 0 | null | null | null
-- 2 | 2024-01-02 | 0 | 0 | null | null | null
-- 3 | null | 0 | 0 | null | null | null
