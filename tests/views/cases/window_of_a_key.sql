-- Windows in SELECTs that refer to the outer query: each row around sees its own rows alone.
-- kept: touched groups
CREATE TABLE guests (id integer PRIMARY KEY, g integer);
CREATE TABLE stays (id integer PRIMARY KEY, g integer, v integer);
CREATE MATERIALIZED VIEW v AS
SELECT o.id,
       (SELECT sum(i.v) OVER () FROM stays i WHERE i.g = o.g LIMIT 1) AS total,
       (SELECT sum(i.v) OVER w FROM stays i WHERE i.g = o.g
        WINDOW w AS (ORDER BY i.id) ORDER BY i.id DESC LIMIT 1) AS running,
       (SELECT i.id FROM stays i WHERE i.g = o.g
        ORDER BY rank() OVER (ORDER BY i.v DESC), i.id LIMIT 1) AS largest,
       o.id IN (SELECT row_number() OVER (ORDER BY i.id) FROM stays i WHERE i.g = o.g) AS numbered
FROM guests o;

-- cut
INSERT INTO guests VALUES (1, 1), (2, 1), (3, 2), (4, NULL);
INSERT INTO stays VALUES (1, 1, 10), (2, 1, 20), (3, 2, 30), (4, NULL, 40);
-- rows
-- 1 | 30 | 30 | 2 | true
-- 2 | 30 | 30 | 2 | true
-- 3 | 30 | 30 | 3 | false
-- 4 | null | null | null | false

-- cut
UPDATE stays SET v = 25 WHERE id = 1;
INSERT INTO stays VALUES (5, 2, 5);
-- rows
-- 1 | 45 | 45 | 1 | true
-- 2 | 45 | 45 | 1 | true
-- 3 | 35 | 35 | 3 | false
-- 4 | null | null | null | false

-- cut
UPDATE guests SET g = 2 WHERE id = 1;
DELETE FROM stays WHERE id = 2;
-- rows
-- 1 | 35 | 35 | 3 | true
-- 2 | 25 | 25 | 1 | false
-- 3 | 35 | 35 | 3 | false
-- 4 | null | null | null | false
