-- Columns whose names differ by case only, or begin with #, in a view and in one over it.
-- key: #, A
CREATE TABLE t (id integer PRIMARY KEY, a integer, "A" text, "#w" integer);
CREATE MATERIALIZED VIEW inner_one AS SELECT *, a + 1 AS "#", id AS "ID" FROM t WHERE "#w" > 0;
CREATE MATERIALIZED VIEW v AS
SELECT "A", sum(a) AS a, "ID" % 2 AS "#", max("#") AS "#deleted", count(*) AS "#version"
FROM inner_one GROUP BY "A", "ID" % 2;

-- cut
INSERT INTO t VALUES (1, 1, 'x', 1), (2, 2, 'x', 1), (3, 3, 'x', 2), (4, 4, NULL, 1), (5, 5, 'y', 0);
-- rows
-- x | 4 | 1 | 4 | 2
-- x | 2 | 0 | 3 | 1
-- null | 4 | 0 | 5 | 1

-- cut
UPDATE t SET "#w" = 1 - "#w", a = a * 10 WHERE id <> 3;
-- rows
-- x | 3 | 1 | 4 | 1
-- y | 50 | 1 | 51 | 1

-- cut
UPDATE t SET "A" = 'y' WHERE id = 3;
-- rows
-- y | 53 | 1 | 51 | 2
