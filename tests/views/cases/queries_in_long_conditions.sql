-- A nested SELECT that may be an error, behind a long condition that is worked out once.
-- kept: delta
-- key: id
CREATE TABLE a (id integer PRIMARY KEY, k integer, j integer, n numeric);
CREATE TABLE b (id integer PRIMARY KEY, k integer, j integer);
CREATE MATERIALIZED VIEW v AS
SELECT x.id FROM a x JOIN a w ON w.id = x.id AND abs(x.n + w.n) < 30
WHERE NOT EXISTS (SELECT y.j FROM b y WHERE y.k = x.k AND y.j > 0 UNION ALL SELECT z.k FROM b z)
   OR x.n <> (SELECT sum(s) FROM (SELECT y.j FROM b y WHERE y.k = x.k AND NOT EXISTS
                (SELECT 1 FROM b z WHERE z.j = y.k AND z.id <> x.id AND z.j = x.j)) AS q (s));

-- cut
INSERT INTO a VALUES (1, 1, 1, 6), (2, 2, 2, 5), (3, 3, 3, 1), (4, NULL, 2, 2);
-- rows
-- 1
-- 2
-- 3
-- 4

-- cut
INSERT INTO b VALUES (1, 1, 3), (2, 2, 5), (3, 5, 0);
-- rows
-- 1
