-- USING behind USING through full and left joins: the merged column is what is there of all before,
-- and NULL where a later join finds no match; c.k is bigint, so the merged one is.
-- key: k, aid, bid, cid, w
-- kept: touched groups
CREATE TABLE a (id integer PRIMARY KEY, k integer NOT NULL);
CREATE TABLE b (id integer PRIMARY KEY, k integer);
CREATE TABLE c (id integer PRIMARY KEY, k bigint);
CREATE TABLE d (k integer PRIMARY KEY, w text);
CREATE MATERIALIZED VIEW v AS
SELECT k, a.id AS aid, b.id AS bid, c.id AS cid, w
FROM a FULL JOIN b USING (k) FULL JOIN c USING (k) LEFT JOIN d USING (k);

-- cut
INSERT INTO a VALUES (1, 1), (2, 2);
INSERT INTO b VALUES (1, 2), (2, 3), (3, NULL);
INSERT INTO c VALUES (1, 3), (2, 4);
INSERT INTO d VALUES (1, 'one'), (4, 'four');
-- rows
-- 1 | 1 | null | null | one
-- 2 | 2 | 1 | null | null
-- 3 | null | 2 | 1 | null
-- 4 | null | null | 2 | four
-- null | null | 3 | null | null

-- cut
UPDATE a SET k = 4 WHERE id = 2;
DELETE FROM b WHERE id = 2;
UPDATE c SET k = NULL WHERE id = 1;
-- rows
-- 1 | 1 | null | null | one
-- 2 | null | 1 | null | null
-- 4 | 2 | null | 2 | four
-- null | null | 3 | null | null
-- null | null | null | 1 | null

-- cut
DELETE FROM a;
UPDATE d SET k = 2 WHERE k = 1;
-- rows
-- 2 | null | 1 | null | one
-- 4 | null | null | 2 | four
-- null | null | 3 | null | null
-- null | null | null | 1 | null

-- cut
DELETE FROM b;
DELETE FROM c;
-- rows
