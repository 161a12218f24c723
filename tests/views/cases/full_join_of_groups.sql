-- FULL JOIN of a grouping with itself on its aggregate: groups that are NULL meet padding.
-- kept: touched groups
CREATE TABLE a (id integer PRIMARY KEY, g integer, v integer);
CREATE MATERIALIZED VIEW v AS
WITH q AS (SELECT g, count(*) AS n, sum(v) AS s FROM a GROUP BY g)
SELECT x.g, x.n, y.g AS h, y.n AS m FROM q x FULL JOIN q y ON x.s = y.s AND x.g = 1;

-- cut
INSERT INTO a VALUES (1, 1, 10), (2, NULL, 5), (3, 2, 10);
-- rows
-- 1 | 1 | 1 | 1
-- 1 | 1 | 2 | 1
-- 2 | 1 | null | null
-- null | 1 | null | null
-- null | null | null | 1

-- cut
UPDATE a SET v = 6 WHERE id = 2;
DELETE FROM a WHERE id = 3;
-- rows
-- 1 | 1 | 1 | 1
-- null | 1 | null | null
-- null | null | null | 1
