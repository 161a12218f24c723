-- Names of a query two levels out: LATERAL in LATERAL and in an expression, WITH in an expression.
-- kept: full
-- key: id, stay
CREATE TABLE guests (id integer PRIMARY KEY, g integer);
CREATE TABLE stays (id integer PRIMARY KEY, g integer, v integer);
CREATE MATERIALIZED VIEW v AS
SELECT o.id, y.stay, y.before,
       (SELECT max(x.s) FROM stays i, LATERAL (SELECT i.v + o.id AS s) x WHERE i.g = o.g) AS most,
       (WITH q AS (SELECT i.v FROM stays i WHERE i.g = o.g LIMIT 2) SELECT count(*) FROM q) AS two,
       (WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < o.id)
        SELECT sum(n) FROM r) AS steps
FROM guests o
LEFT JOIN LATERAL (SELECT i.id AS stay, x.before FROM stays i,
                   LATERAL (SELECT count(*) AS before FROM stays k WHERE k.g = o.g AND k.id < i.id) x
                   WHERE i.g = o.g) y ON true;

-- cut
INSERT INTO guests VALUES (1, 1), (2, 1), (3, 2), (4, NULL);
INSERT INTO stays VALUES (1, 1, 10), (2, 1, 20), (3, 1, 20), (6, 2, 7), (4, NULL, 40);
-- rows
-- 1 | 1 | 0 | 21 | 2 | 1
-- 1 | 2 | 1 | 21 | 2 | 1
-- 1 | 3 | 2 | 21 | 2 | 1
-- 2 | 1 | 0 | 22 | 2 | 3
-- 2 | 2 | 1 | 22 | 2 | 3
-- 2 | 3 | 2 | 22 | 2 | 3
-- 3 | 6 | 0 | 10 | 1 | 6
-- 4 | null | null | null | 0 | 10

-- cut
DELETE FROM stays WHERE id = 1;
INSERT INTO stays VALUES (5, 2, 5);
-- rows
-- 1 | 2 | 0 | 21 | 2 | 1
-- 1 | 3 | 1 | 21 | 2 | 1
-- 2 | 2 | 0 | 22 | 2 | 3
-- 2 | 3 | 1 | 22 | 2 | 3
-- 3 | 5 | 0 | 10 | 2 | 6
-- 3 | 6 | 1 | 10 | 2 | 6
-- 4 | null | null | null | 0 | 10

-- cut
UPDATE guests SET g = 2 WHERE id = 1;
-- rows
-- 1 | 5 | 0 | 8 | 2 | 1
-- 1 | 6 | 1 | 8 | 2 | 1
-- 2 | 2 | 0 | 22 | 2 | 3
-- 2 | 3 | 1 | 22 | 2 | 3
-- 3 | 5 | 0 | 10 | 2 | 6
-- 3 | 6 | 1 | 10 | 2 | 6
-- 4 | null | null | null | 0 | 10
