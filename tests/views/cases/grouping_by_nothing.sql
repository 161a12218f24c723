-- The grouping by nothing has one row though nothing is aggregated, over no rows too.
CREATE TABLE sales (id integer PRIMARY KEY, region text);
CREATE MATERIALIZED VIEW v AS
SELECT region, grouping(region) AS of_all FROM sales GROUP BY ROLLUP (region);

-- cut
-- rows
-- null | 1

-- cut
INSERT INTO sales VALUES (1, 'north'), (2, NULL);
-- rows
-- north | 0
-- null | 0
-- null | 1

-- cut
DELETE FROM sales;
-- rows
-- null | 1
