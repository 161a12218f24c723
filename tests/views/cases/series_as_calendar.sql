-- A constant series beside a table, and one whose ends are taken from a table.
-- key: day, upto
CREATE TABLE orders (id integer PRIMARY KEY, day date, amount numeric(9,2));
CREATE MATERIALIZED VIEW v AS
SELECT d.day::date AS day, coalesce(sum(o.amount), 0) AS total, count(o.id) AS n, u.upto
FROM generate_series('2024-02-27', timestamp '2024-03-01', '1 day') AS d(day)
LEFT JOIN orders o ON o.day = d.day::date
CROSS JOIN generate_series(1, (SELECT max(id) FROM orders), 2) AS u(upto)
GROUP BY d.day, u.upto;

-- cut
-- rows

-- cut
INSERT INTO orders VALUES (1, '2024-02-27', 5), (3, '2024-02-27', 1.5), (4, '2024-02-29', 7), (2, NULL, 1);
-- rows
-- 2024-02-27 | 6.50 | 2 | 1
-- 2024-02-27 | 6.50 | 2 | 3
-- 2024-02-28 | 0 | 0 | 1
-- 2024-02-28 | 0 | 0 | 3
-- 2024-02-29 | 7.00 | 1 | 1
-- 2024-02-29 | 7.00 | 1 | 3
-- 2024-03-01 | 0 | 0 | 1
-- 2024-03-01 | 0 | 0 | 3

-- cut
UPDATE orders SET day = '2024-03-01' WHERE id = 1;
UPDATE orders SET day = '2025-01-01' WHERE id = 4;
-- rows
-- 2024-02-27 | 1.50 | 1 | 1
-- 2024-02-27 | 1.50 | 1 | 3
-- 2024-02-28 | 0 | 0 | 1
-- 2024-02-28 | 0 | 0 | 3
-- 2024-02-29 | 0 | 0 | 1
-- 2024-02-29 | 0 | 0 | 3
-- 2024-03-01 | 5.00 | 1 | 1
-- 2024-03-01 | 5.00 | 1 | 3

-- cut
DELETE FROM orders WHERE id = 4;
DELETE FROM orders WHERE id = 3;
-- rows
-- 2024-02-27 | 0 | 0 | 1
-- 2024-02-28 | 0 | 0 | 1
-- 2024-02-29 | 0 | 0 | 1
-- 2024-03-01 | 5.00 | 1 | 1

-- cut
DELETE FROM orders;
-- rows
