-- intervals are compared with months of 30 days: partitions, orders, groups, extremes, joins
-- kept: touched groups
CREATE TABLE t (id int PRIMARY KEY, g text, i interval);
CREATE TABLE s (id int PRIMARY KEY, i interval);
CREATE MATERIALIZED VIEW v AS
SELECT q.i, q.n, q.least, q.most, q.kinds, q.nth, s.id AS s
FROM (SELECT i, count(*) AS n, min(i + interval '1 hour') AS least, max(i) AS most,
             count(DISTINCT i) AS kinds, row_number() OVER (PARTITION BY count(*) ORDER BY i DESC) AS nth
      FROM t GROUP BY i) q
LEFT JOIN s ON s.i = q.i;

-- cut
INSERT INTO t VALUES (1, 'a', '1 mon'), (2, 'a', '1 mon'), (3, 'a', '29 days 24:00'), (4, 'b', '-2 hours'),
  (5, 'b', NULL), (6, 'b', '1 year'), (7, 'b', '1 year');
INSERT INTO s VALUES (1, '30 days'), (2, '1 year'), (3, NULL);
DELETE FROM t WHERE id = 3;
-- rows
-- P1M | 2 | P1MT1H | P1M | 1 | 2 | 1
-- P1Y | 2 | P1YT1H | P1Y | 1 | 1 | 2
-- PT-2H | 1 | PT-1H | PT-2H | 1 | 2 | null
-- null | 1 | null | null | 0 | 1 | null

-- cut
UPDATE t SET i = '31 days' WHERE id = 2;
INSERT INTO t VALUES (8, 'c', '12 mons'), (9, NULL, '00:00:01');
-- rows
-- P1M | 1 | P1MT1H | P1M | 1 | 3 | 1
-- P1Y | 3 | P1YT1H | P1Y | 1 | 1 | 2
-- P31D | 1 | P31DT1H | P31D | 1 | 2 | null
-- PT-2H | 1 | PT-1H | PT-2H | 1 | 5 | null
-- PT1S | 1 | PT1H1S | PT1S | 1 | 4 | null
-- null | 1 | null | null | 0 | 1 | null

-- cut
DELETE FROM t WHERE id IN (1, 4, 5);
DELETE FROM s WHERE id = 2;
-- rows
-- P1Y | 3 | P1YT1H | P1Y | 1 | 1 | null
-- P31D | 1 | P31DT1H | P31D | 1 | 1 | null
-- PT1S | 1 | PT1H1S | PT1S | 1 | 2 | null

-- cut
DELETE FROM t;
-- rows
