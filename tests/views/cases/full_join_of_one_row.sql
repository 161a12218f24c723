-- FULL JOIN of two relations of one row each: up to two rows, told apart by a column that is never
-- NULL on its side.
-- kept: touched groups
CREATE TABLE a (id integer PRIMARY KEY, v integer);
CREATE TABLE b (id integer PRIMARY KEY, v integer);
CREATE MATERIALIZED VIEW v AS
SELECT x.n, x.most, y.m FROM (SELECT count(*) AS n, max(v) AS most FROM a) x
FULL JOIN (SELECT count(*) AS m FROM b) y ON x.n = y.m;

-- cut
INSERT INTO a VALUES (1, 10), (2, 20);
-- rows
-- 2 | 20 | null
-- null | null | 0

-- cut
INSERT INTO b VALUES (1, 10), (2, 20);
-- rows
-- 2 | 20 | 2

-- cut
DELETE FROM a;
-- rows
-- 0 | null | null
-- null | null | 2

-- cut
DELETE FROM b;
-- rows
-- 0 | null | 0
