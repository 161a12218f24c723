-- VALUES as a FROM item, as a query of WITH, and below a left join; SELECT without FROM.
CREATE TABLE sales (id integer PRIMARY KEY, region text, amount numeric(9,2));
CREATE MATERIALIZED VIEW v AS
WITH names (code, title) AS (VALUES ('n', 'North'), ('s', 'South'), ('w', NULL))
SELECT n.code, n.title, r.rank, x.unit, count(s.id) AS sales, sum(s.amount) AS amount
FROM names n JOIN (VALUES ('n', 1), ('s', 2), ('w', 3)) AS r(code, rank) ON r.code = n.code
CROSS JOIN (SELECT 'EUR' AS unit) x
LEFT JOIN sales s ON s.region = n.code
GROUP BY n.code, n.title, r.rank, x.unit;

-- cut
INSERT INTO sales VALUES (1, 'n', 10), (2, 'x', 1);
-- rows
-- n | North | 1 | EUR | 1 | 10.00
-- s | South | 2 | EUR | 0 | null
-- w | null | 3 | EUR | 0 | null

-- cut
UPDATE sales SET region = 'w';
-- rows
-- n | North | 1 | EUR | 0 | null
-- s | South | 2 | EUR | 0 | null
-- w | null | 3 | EUR | 2 | 11.00

-- cut
DELETE FROM sales;
-- rows
-- n | North | 1 | EUR | 0 | null
-- s | South | 2 | EUR | 0 | null
-- w | null | 3 | EUR | 0 | null
