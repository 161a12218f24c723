-- Windows without PARTITION BY are worked out over the whole relation; over groups too.
-- kept: full
CREATE TABLE sales (id integer PRIMARY KEY, region text, amount numeric(9,2));
CREATE MATERIALIZED VIEW v AS
SELECT region, sum(amount) AS total, rank() OVER (ORDER BY sum(amount) DESC) AS place,
       sum(sum(amount)) OVER (ORDER BY sum(amount), region) AS running,
       round(100 * sum(amount) / sum(sum(amount)) OVER (), 2) AS share
FROM sales GROUP BY region;

-- cut
INSERT INTO sales VALUES (1, 'n', 10), (2, 's', 20), (3, 'n', 5), (4, NULL, 1);
-- rows
-- n | 15.00 | 2 | 16.00 | 41.67
-- null | 1.00 | 3 | 1.00 | 2.78
-- s | 20.00 | 1 | 36.00 | 55.56

-- cut
UPDATE sales SET amount = 50 WHERE id = 4;
DELETE FROM sales WHERE id = 3;
-- rows
-- n | 10.00 | 3 | 10.00 | 12.50
-- null | 50.00 | 1 | 80.00 | 62.50
-- s | 20.00 | 2 | 30.00 | 25.00

-- cut
DELETE FROM sales WHERE region = 's';
-- rows
-- n | 10.00 | 2 | 10.00 | 16.67
-- null | 50.00 | 1 | 60.00 | 83.33
