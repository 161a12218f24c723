-- FETCH FIRST … WITH TIES: the rows that the order does not tell from the last one come too
-- kept: touched groups
-- key: of, what
CREATE TABLE t (id int PRIMARY KEY, g text, x int, i interval);
CREATE MATERIALIZED VIEW v AS
(SELECT 'x' AS of, id::text AS what FROM t ORDER BY x DESC NULLS LAST FETCH FIRST 2 ROWS WITH TIES)
UNION (SELECT 'i', id::text FROM t ORDER BY i FETCH FIRST ROW WITH TIES)
UNION (SELECT 'g', g FROM t GROUP BY g ORDER BY count(*) DESC, g IS NULL OFFSET 1 FETCH FIRST 1 ROWS WITH TIES)
UNION (SELECT 'none', g FROM t ORDER BY x FETCH FIRST 0 ROWS WITH TIES);

-- cut
INSERT INTO t VALUES (1, 'a', 5, '1 mon'), (2, 'a', 9, '30 days'), (3, 'b', 5, '31 days'), (4, 'c', NULL, NULL), (5, 'b', 5, '1 year'),
  (6, 'd', 1, '2 years'), (7, 'a', 0, NULL);
-- rows
-- g | b
-- i | 1
-- i | 2
-- x | 1
-- x | 2
-- x | 3
-- x | 5

-- cut
DELETE FROM t WHERE id = 2;
-- rows
-- g | b
-- i | 1
-- x | 1
-- x | 3
-- x | 5

-- cut
UPDATE t SET x = 6 WHERE id IN (4, 6);
INSERT INTO t VALUES (8, 'c', 7, '-1 day');
-- rows
-- g | b
-- g | c
-- i | 8
-- x | 4
-- x | 6
-- x | 8

-- cut
DELETE FROM t WHERE id > 3;
-- rows
-- g | b
-- i | 1
-- x | 1
-- x | 3

-- cut
DELETE FROM t;
-- rows
