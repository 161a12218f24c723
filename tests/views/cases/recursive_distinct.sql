-- Reachability in a graph with a circle: UNION ends it.
-- kept: full
CREATE TABLE edges (id integer PRIMARY KEY, a integer NOT NULL, b integer NOT NULL);
CREATE MATERIALIZED VIEW v AS
WITH RECURSIVE reach AS (
  SELECT a, b FROM edges UNION SELECT r.a, e.b FROM reach r JOIN edges e ON e.a = r.b
)
SELECT a, count(*) AS n, string_agg(b::text, ',' ORDER BY b) AS nodes FROM reach GROUP BY a;

-- cut
INSERT INTO edges VALUES (1, 1, 2), (2, 2, 3), (3, 3, 1), (4, 4, 1);
-- rows
-- 1 | 3 | 1,2,3
-- 2 | 3 | 1,2,3
-- 3 | 3 | 1,2,3
-- 4 | 3 | 1,2,3

-- cut
DELETE FROM edges WHERE id = 2;
-- rows
-- 1 | 1 | 2
-- 3 | 2 | 1,2
-- 4 | 2 | 1,2

-- cut
DELETE FROM edges;
-- rows
