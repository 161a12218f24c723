-- LIMIT by an expression that is not selected, with OFFSET, over groups.
-- kept: touched groups
CREATE TABLE sales (id integer PRIMARY KEY, region text, amount numeric(9,2));
CREATE MATERIALIZED VIEW v AS
SELECT region, count(*) AS n FROM sales GROUP BY region ORDER BY sum(amount) DESC NULLS LAST, 1 LIMIT 2 OFFSET 1;

-- cut
INSERT INTO sales VALUES (1, 'n', 10), (2, 's', 20), (3, 'n', 5), (4, NULL, 1), (5, 'w', NULL);
-- rows
-- n | 2
-- null | 1

-- cut
DELETE FROM sales WHERE region = 's';
-- rows
-- null | 1
-- w | 1

-- cut
UPDATE sales SET amount = 100 WHERE id = 5;
-- rows
-- n | 2
-- null | 1
