-- An inner join follows both sides: new rows, moved references, a renamed and a removed parent.
CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer, amount numeric(12,2));
CREATE MATERIALIZED VIEW v AS
SELECT o.id, c.name, o.amount * 2 AS twice FROM orders o JOIN customers c ON c.id = o.customer_id;

-- cut
INSERT INTO customers VALUES (1, 'Ada'), (2, 'Bob');
INSERT INTO orders VALUES (10, 1, 5), (11, 2, 7.25), (12, NULL, 1), (13, 9, 1);
-- rows
-- 10 | Ada | 10.00
-- 11 | Bob | 14.50

-- cut
UPDATE customers SET name = 'Ada L.' WHERE id = 1;
INSERT INTO customers VALUES (9, 'Zoe');
UPDATE orders SET customer_id = 1 WHERE id = 11;
-- rows
-- 10 | Ada L. | 10.00
-- 11 | Ada L. | 14.50
-- 13 | Zoe | 2.00

-- cut
DELETE FROM customers WHERE id = 1;
-- rows
-- 13 | Zoe | 2.00
