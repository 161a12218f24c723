-- One document per order with its lines in order; groups by a key bring its columns along.
-- kept: touched groups
CREATE TABLE orders (id integer PRIMARY KEY, status text, at date);
CREATE TABLE items (order_id integer, number integer, sku text, price numeric(8,2),
                    PRIMARY KEY (order_id, number));
CREATE MATERIALIZED VIEW v AS
SELECT o.id, o.status, to_char(o.at, 'YYYY/MM') AS month,
       json_agg(json_build_object('sku', i.sku, 'price', i.price) ORDER BY i.number DESC)
           FILTER (WHERE i.order_id IS NOT NULL) AS lines,
       string_agg(i.sku, '+' ORDER BY i.number) AS skus, sum(i.price) AS total
FROM orders o LEFT JOIN items i ON i.order_id = o.id
GROUP BY o.id;

-- cut
INSERT INTO orders VALUES (1, 'new', '2024-02-29'), (2, 'new', '2024-12-31');
INSERT INTO items VALUES (1, 1, 'a', 1.10), (1, 2, 'b', 2.00);
-- rows
-- 1 | new | 2024/02 | [{"sku" : "b", "price" : 2.00}, {"sku" : "a", "price" : 1.10}] | a+b | 3.10
-- 2 | new | 2024/12 | null | null | null

-- cut
UPDATE items SET price = 1.20 WHERE number = 1;
INSERT INTO items VALUES (2, 1, NULL, NULL);
-- rows
-- 1 | new | 2024/02 | [{"sku" : "b", "price" : 2.00}, {"sku" : "a", "price" : 1.20}] | a+b | 3.20
-- 2 | new | 2024/12 | [{"sku" : null, "price" : null}] | null | null

-- cut
DELETE FROM items WHERE order_id = 1;
UPDATE orders SET status = 'done' WHERE id = 2;
-- rows
-- 1 | new | 2024/02 | null | null | null
-- 2 | done | 2024/12 | [{"sku" : null, "price" : null}] | null | null
