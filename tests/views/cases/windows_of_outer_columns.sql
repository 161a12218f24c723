-- A window in a nested SELECT over a column of the query around alone is the nested SELECT's own.
-- kept: touched groups
-- key: id
CREATE TABLE x (id integer PRIMARY KEY, j integer);
CREATE TABLE z (id integer PRIMARY KEY);
CREATE MATERIALIZED VIEW v AS
SELECT x.id,
  (SELECT sum(x.j) OVER () FROM z LIMIT 1) AS total,
  (SELECT c FROM (SELECT sum(x.j) OVER (ORDER BY z.id) AS c FROM z UNION SELECT 0) q
   ORDER BY 1 DESC LIMIT 1) AS most
FROM x;

-- cut
INSERT INTO x VALUES (1, 2), (2, 3), (3, NULL);
INSERT INTO z VALUES (1), (2);
-- rows
-- 1 | 4 | 4
-- 2 | 6 | 6
-- 3 | null | null

-- cut
DELETE FROM z WHERE id = 1;
UPDATE x SET j = 5 WHERE id = 3;
-- rows
-- 1 | 2 | 2
-- 2 | 3 | 3
-- 3 | 5 | 5
