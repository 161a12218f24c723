-- intervals in DISTINCT, DISTINCT ON, LIMIT and NULLIF
-- kept: touched groups
CREATE TABLE t (id int PRIMARY KEY, g text, i interval);
CREATE MATERIALIZED VIEW v AS
SELECT * FROM (SELECT DISTINCT ON (nullif(i, '30 days')) nullif(i, '30 days') AS i, id FROM t
               ORDER BY nullif(i, '30 days'), id DESC) one
UNION SELECT * FROM (SELECT i, -id FROM t ORDER BY i DESC NULLS LAST, id LIMIT 2) most;

-- cut
INSERT INTO t VALUES (1, 'a', '1 mon'), (2, 'a', '1 mon 1 sec'), (3, 'a', '24:00'), (4, 'b', '1 day'),
  (5, 'b', NULL), (6, 'b', '1 year'), (7, 'b', '-1 year');
-- rows
-- P-1Y | 7
-- P1D | 4
-- P1MT1S | -2
-- P1MT1S | 2
-- P1Y | -6
-- P1Y | 6
-- null | 5

-- cut
UPDATE t SET i = '31 days' WHERE id = 6;
DELETE FROM t WHERE id = 3;
-- rows
-- P-1Y | 7
-- P1D | 4
-- P1MT1S | -2
-- P1MT1S | 2
-- P31D | -6
-- P31D | 6
-- null | 5

-- cut
DELETE FROM t WHERE i > '2 days';
-- rows
-- P-1Y | -7
-- P-1Y | 7
-- P1D | -4
-- P1D | 4
-- null | 5

-- cut
DELETE FROM t;
-- rows

-- cut
INSERT INTO t VALUES (1, 'a', NULL);
-- rows
-- null | -1
-- null | 1
