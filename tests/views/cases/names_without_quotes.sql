-- A name without quotes is one in lower case; two aliases may differ by case alone.
-- kept: delta
CREATE TABLE a (id integer PRIMARY KEY, k integer);
CREATE TABLE b (id integer PRIMARY KEY, k integer);
CREATE MATERIALIZED VIEW v AS
WITH Two AS (SELECT ID, K AS Foo FROM B)
SELECT Aa.ID, "Aa".k AS "K", count(*) AS Total, max(tWo.FOO) AS "Max"
FROM A AS AA JOIN a AS "Aa" USING (Id) JOIN two ON Two.foo = aa.K
GROUP BY aA.iD, "Aa".K;

-- cut
INSERT INTO a VALUES (1, 1), (2, 2);
INSERT INTO b VALUES (1, 1), (2, 1), (3, 2);
-- rows
-- 1 | 1 | 2 | 1
-- 2 | 2 | 1 | 2

-- cut
UPDATE a SET k = 2 WHERE id = 1;
DELETE FROM b WHERE id = 3;
-- rows

-- cut
INSERT INTO b VALUES (4, 2);
-- rows
-- 1 | 2 | 1 | 2
-- 2 | 2 | 1 | 2
