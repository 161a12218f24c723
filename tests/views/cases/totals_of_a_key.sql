-- GROUPING SETS with a total in SELECTs that refer to the outer query: the total has a row where
-- nothing matches too.
-- kept: full
-- key: id, v, n
CREATE TABLE guests (id integer PRIMARY KEY, g integer);
CREATE TABLE stays (id integer PRIMARY KEY, g integer, v integer);
CREATE MATERIALIZED VIEW v AS
SELECT o.id, x.v, x.n, (SELECT count(*) FROM stays i WHERE i.g = o.g GROUP BY ()) AS total,
       EXISTS (SELECT 1 FROM stays i WHERE i.g = o.g GROUP BY CUBE (i.v)) AS always,
       (SELECT DISTINCT i.v FROM stays i WHERE i.g = o.g AND i.id > o.id
        ORDER BY i.v DESC LIMIT 1) AS most
FROM guests o,
     LATERAL (SELECT i.v, count(*) AS n FROM stays i WHERE i.g = o.g GROUP BY ROLLUP (i.v)) x;

-- cut
INSERT INTO guests VALUES (1, 1), (3, 2), (4, NULL);
INSERT INTO stays VALUES (1, 1, 10), (2, 1, 20), (4, NULL, 40);
-- rows
-- 1 | 10 | 1 | 2 | true | 20
-- 1 | 20 | 1 | 2 | true | 20
-- 1 | null | 2 | 2 | true | 20
-- 3 | null | 0 | 0 | true | null
-- 4 | null | 0 | 0 | true | null

-- cut
UPDATE stays SET v = 10 WHERE id = 2;
INSERT INTO stays VALUES (5, 2, 5);
-- rows
-- 1 | 10 | 2 | 2 | true | 10
-- 1 | null | 2 | 2 | true | 10
-- 3 | 5 | 1 | 1 | true | 5
-- 3 | null | 1 | 1 | true | 5
-- 4 | null | 0 | 0 | true | null

-- cut
UPDATE guests SET g = 2 WHERE id = 1;
DELETE FROM stays WHERE id = 5;
-- rows
-- 1 | null | 0 | 0 | true | null
-- 3 | null | 0 | 0 | true | null
-- 4 | null | 0 | 0 | true | null
