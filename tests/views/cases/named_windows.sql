-- WINDOW: one built on another, used as it is and with an ORDER BY or a frame of its own.
-- kept: touched groups
CREATE TABLE a (id integer PRIMARY KEY, k integer, j integer);
CREATE MATERIALIZED VIEW v AS
SELECT id, count(*) OVER w AS n, sum(j) OVER o AS running, row_number() OVER (w ORDER BY id DESC) AS r,
    sum(j) OVER (o ROWS 1 PRECEDING) AS two
FROM a WINDOW w AS (PARTITION BY k), o AS (w ORDER BY id);

-- cut
INSERT INTO a VALUES (1, 1, 10), (2, 1, NULL), (3, NULL, 5), (4, 1, 7), (5, NULL, 2);
-- rows
-- 1 | 3 | 10 | 3 | 10
-- 2 | 3 | 10 | 2 | 10
-- 3 | 2 | 5 | 2 | 5
-- 4 | 3 | 17 | 1 | 7
-- 5 | 2 | 7 | 1 | 7

-- cut
UPDATE a SET k = NULL WHERE id = 2;
DELETE FROM a WHERE id = 1;
-- rows
-- 2 | 3 | null | 3 | null
-- 3 | 3 | 5 | 2 | 5
-- 4 | 1 | 7 | 1 | 7
-- 5 | 3 | 7 | 1 | 7

-- cut
DELETE FROM a WHERE k IS NULL;
-- rows
-- 4 | 1 | 7 | 1 | 7
