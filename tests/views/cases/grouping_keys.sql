-- A primary key that only some groupings hold tells nothing of the other columns in the rest.
CREATE TABLE sales (id integer PRIMARY KEY, region text NOT NULL, code character(4));
CREATE MATERIALIZED VIEW v AS
SELECT id, region, max(code) AS code, count(*) AS n FROM sales GROUP BY ROLLUP (id), region;

-- cut
INSERT INTO sales VALUES (1, 'north', 'a'), (2, 'south', NULL), (3, 'north', 'ab');
-- rows
-- 1 | north | a    | 1
-- 2 | south | null | 1
-- 3 | north | ab   | 1
-- null | north | ab   | 2
-- null | south | null | 1

-- cut
DELETE FROM sales WHERE id = 3;
UPDATE sales SET code = 'b' WHERE id = 2;
-- rows
-- 1 | north | a    | 1
-- 2 | south | b    | 1
-- null | north | a    | 1
-- null | south | b    | 1
