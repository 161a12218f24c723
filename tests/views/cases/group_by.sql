-- Groups by deltas: counts, exact sums and averages; a group ends with its last row.
CREATE TABLE sales (id integer PRIMARY KEY, region text, amount numeric(10,2), pieces integer,
                    big bigint);
CREATE MATERIALIZED VIEW v AS
SELECT region, count(*) AS n, count(amount) AS with_amount, sum(amount) AS total,
       avg(amount) AS mean, sum(pieces) AS pieces, avg(pieces) AS mean_pieces, sum(big) AS big,
       count(*) FILTER (WHERE pieces > 2) AS large
FROM sales GROUP BY region;

-- cut
INSERT INTO sales VALUES (1, 'north', 10, 1, 9223372036854775807), (2, 'north', 20.01, 2, 1),
                         (3, 'south', NULL, 3, NULL), (4, NULL, 0.01, NULL, 5);
-- rows
-- north | 2 | 2 | 30.01 | 15.0050000000000000 | 3 | 1.5000000000000000 | 9223372036854775808 | 0
-- null | 1 | 1 | 0.01 | 0.01000000000000000000 | null | null | 5 | 0
-- south | 1 | 0 | null | null | 3 | 3.0000000000000000 | null | 1

-- cut
UPDATE sales SET amount = 3.33 WHERE id = 3;
UPDATE sales SET region = 'south' WHERE id = 2;
INSERT INTO sales VALUES (5, NULL, 0.02, 7, -5);
-- rows
-- north | 1 | 1 | 10.00 | 10.0000000000000000 | 1 | 1.00000000000000000000 | 9223372036854775807 | 0
-- null | 2 | 2 | 0.03 | 0.01500000000000000000 | 7 | 7.0000000000000000 | 0 | 1
-- south | 2 | 2 | 23.34 | 11.6700000000000000 | 5 | 2.5000000000000000 | 1 | 1

-- cut
DELETE FROM sales WHERE region = 'south';
-- rows
-- north | 1 | 1 | 10.00 | 10.0000000000000000 | 1 | 1.00000000000000000000 | 9223372036854775807 | 0
-- null | 2 | 2 | 0.03 | 0.01500000000000000000 | 7 | 7.0000000000000000 | 0 | 1
