-- DISTINCT and DISTINCT ON in SELECTs that refer to the outer query, ordered by names of the list.
-- kept: touched groups
-- key: id, v, stay
CREATE TABLE guests (id integer PRIMARY KEY, g integer);
CREATE TABLE stays (id integer PRIMARY KEY, g integer, v integer);
CREATE MATERIALIZED VIEW v AS
SELECT o.id, x.v, x.stay,
       (SELECT DISTINCT ON (i.g < 0) i.v AS id FROM stays i WHERE i.g = o.g
        ORDER BY i.g < 0, id DESC, i.id) AS most
FROM guests o,
     LATERAL (SELECT DISTINCT ON (v) i.v, i.id AS stay FROM stays i WHERE i.g = o.g
              ORDER BY v, stay DESC) x;

-- cut
INSERT INTO guests VALUES (1, 1), (2, 1), (3, 2), (4, NULL);
INSERT INTO stays VALUES (1, 1, 10), (2, 1, 20), (3, 1, 20), (6, 2, 7), (4, NULL, 40);
-- rows
-- 1 | 10 | 1 | 20
-- 1 | 20 | 3 | 20
-- 2 | 10 | 1 | 20
-- 2 | 20 | 3 | 20
-- 3 | 7 | 6 | 7

-- cut
DELETE FROM stays WHERE id = 3;
INSERT INTO stays VALUES (5, 2, 5);
-- rows
-- 1 | 10 | 1 | 20
-- 1 | 20 | 2 | 20
-- 2 | 10 | 1 | 20
-- 2 | 20 | 2 | 20
-- 3 | 5 | 5 | 7
-- 3 | 7 | 6 | 7

-- cut
UPDATE guests SET g = 2 WHERE id = 1;
UPDATE stays SET v = 7 WHERE id = 5;
-- rows
-- 1 | 7 | 6 | 7
-- 2 | 10 | 1 | 20
-- 2 | 20 | 2 | 20
-- 3 | 7 | 6 | 7
