-- A changed primary key is a delete and an insert within one cut.
CREATE TABLE t (a integer, b text, v integer, PRIMARY KEY (a, b));
CREATE MATERIALIZED VIEW v AS SELECT a, b, v FROM t WHERE v > 0;

-- cut
INSERT INTO t VALUES (1, 'x', 1), (1, 'y', 2), (2, 'x', 0);
-- rows
-- 1 | x | 1
-- 1 | y | 2

-- cut
UPDATE t SET a = 3 WHERE b = 'y';
UPDATE t SET b = 'y', v = 5 WHERE a = 1;
-- rows
-- 1 | y | 5
-- 3 | y | 2

-- cut
UPDATE t SET a = a + 10;
DELETE FROM t WHERE b = 'y' AND a = 11;
-- rows
-- 13 | y | 2
