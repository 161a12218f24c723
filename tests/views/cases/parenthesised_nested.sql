-- A join in parentheses that begins with a nested SELECT, under a name of its own: columns of its tables are read by it.
-- kept: touched groups
CREATE TABLE r (id integer PRIMARY KEY, k integer, b boolean);
CREATE TABLE s (id integer PRIMARY KEY, k integer, n integer);
CREATE MATERIALIZED VIEW v AS
SELECT p.flag, count(p.number) AS numbers, max(p.number) AS most
FROM ((SELECT k, id, n FROM s ORDER BY n DESC, id LIMIT 3) AS a JOIN r AS b USING (k, id)) AS p (k, id, number, flag)
GROUP BY p.flag;

-- cut
INSERT INTO r VALUES (1, 1, true), (2, 1, false), (3, 2, NULL), (4, 2, true);
INSERT INTO s VALUES (1, 1, 10), (2, 1, 20), (3, 2, 30), (4, 2, 5);
-- rows
-- false | 1 | 20
-- null | 1 | 30
-- true | 1 | 10

-- cut
UPDATE s SET n = 40 WHERE id = 4;
UPDATE r SET b = true WHERE id = 2;
-- rows
-- null | 1 | 30
-- true | 2 | 40

-- cut
DELETE FROM s WHERE id = 3;
DELETE FROM r WHERE id = 1;
-- rows
-- true | 2 | 40
