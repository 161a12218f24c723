-- An aggregate in a nested SELECT whose columns are all of the query around is that query's own,
-- however deep it stands.
-- kept: touched groups
-- key: k
CREATE TABLE x (id integer PRIMARY KEY, k integer, j integer, w text);
CREATE TABLE z (id integer PRIMARY KEY, k integer, j integer);
CREATE MATERIALIZED VIEW v AS
SELECT k,
  (SELECT count(*) FROM z WHERE z.j = max(x.j)) AS same,
  (SELECT sum(x.j)) AS total,
  (SELECT string_agg(w, ',' ORDER BY x.id) FILTER (WHERE x.j > 0) || max(z.j) FROM z) AS both,
  (SELECT (SELECT max(x.j) + count(*) FROM z y WHERE y.k = z.k) FROM z WHERE z.id = 1) AS deep,
  (SELECT (SELECT max(z.j) FROM x WHERE x.id = 1) FROM z) AS below
FROM x GROUP BY k
HAVING EXISTS (SELECT 1 FROM z GROUP BY z.k HAVING count(*) < sum(x.j));

-- cut
INSERT INTO x VALUES (1, 1, 2, 'a'), (2, 1, 3, 'b'), (3, 2, 0, 'c'), (4, NULL, 5, 'd');
INSERT INTO z VALUES (1, 1, 3), (2, 1, 3), (3, 2, 5);
-- rows
-- 1 | 2 | 5 | a,b5 | 5 | 5
-- null | 1 | 5 | d5 | 7 | 5

-- cut
UPDATE x SET j = 7 WHERE id = 3;
DELETE FROM z WHERE id = 3;
-- rows
-- 1 | 2 | 5 | a,b3 | 5 | 3
-- 2 | 0 | 7 | c3 | 9 | 3
-- null | 0 | 5 | d3 | 7 | 3

-- cut
DELETE FROM x WHERE k = 1;
UPDATE z SET k = 2, j = 5 WHERE id = 1;
-- rows
-- 2 | 0 | 7 | c5 | 8 | null
-- null | 1 | 5 | d5 | 6 | null
