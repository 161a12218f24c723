-- Windows behind LATERAL: the rows of one key alone, before LIMIT and OFFSET.
-- kept: touched groups
-- key: id, place
CREATE TABLE guests (id integer PRIMARY KEY, g integer);
CREATE TABLE stays (id integer PRIMARY KEY, g integer, v integer);
CREATE MATERIALIZED VIEW v AS
SELECT o.id, a.place, a.running, b.share, c.stay AS second
FROM guests o,
     LATERAL (SELECT row_number() OVER (ORDER BY i.id) AS place,
                     sum(i.v) OVER (ORDER BY i.id) AS running
              FROM stays i WHERE i.g = o.g) a
     LEFT JOIN LATERAL (SELECT i.id AS stay, sum(i.v) OVER () AS share FROM stays i
                        WHERE i.g = o.g ORDER BY i.id LIMIT 1) b ON true
     LEFT JOIN LATERAL (SELECT i.id AS stay FROM stays i WHERE i.g = o.g
                        ORDER BY i.v DESC, i.id LIMIT 1 OFFSET 1) c ON true;

-- cut
INSERT INTO guests VALUES (1, 1), (2, 1), (3, 2), (4, NULL);
INSERT INTO stays VALUES (1, 1, 10), (2, 1, 20), (3, 2, 30), (4, NULL, 40);
-- rows
-- 1 | 1 | 10 | 30 | 1
-- 1 | 2 | 30 | 30 | 1
-- 2 | 1 | 10 | 30 | 1
-- 2 | 2 | 30 | 30 | 1
-- 3 | 1 | 30 | 30 | null

-- cut
UPDATE stays SET v = 25 WHERE id = 1;
INSERT INTO stays VALUES (5, 2, 5);
-- rows
-- 1 | 1 | 25 | 45 | 2
-- 1 | 2 | 45 | 45 | 2
-- 2 | 1 | 25 | 45 | 2
-- 2 | 2 | 45 | 45 | 2
-- 3 | 1 | 30 | 35 | 5
-- 3 | 2 | 35 | 35 | 5

-- cut
UPDATE guests SET g = 2 WHERE id = 1;
DELETE FROM stays WHERE id = 2;
-- rows
-- 1 | 1 | 30 | 35 | 5
-- 1 | 2 | 35 | 35 | 5
-- 2 | 1 | 25 | 25 | null
-- 3 | 1 | 30 | 35 | 5
-- 3 | 2 | 35 | 35 | 5
