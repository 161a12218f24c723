-- NATURAL FULL JOIN: `*` begins with the shared columns in the order of the left side.
-- key: k, j, id, w
-- kept: touched groups
CREATE TABLE a (id integer PRIMARY KEY, k integer, j integer);
CREATE TABLE d (w text, j integer, k integer PRIMARY KEY);
CREATE MATERIALIZED VIEW v AS
SELECT * FROM a NATURAL FULL JOIN d;

-- cut
INSERT INTO a VALUES (1, 10, 100), (2, 20, NULL), (3, 30, 300);
INSERT INTO d VALUES ('ten', 100, 10), ('twenty', NULL, 20);
-- rows
-- 10 | 100 | 1 | ten
-- 20 | null | 2 | null
-- 20 | null | null | twenty
-- 30 | 300 | 3 | null

-- cut
UPDATE d SET j = 300, k = 30 WHERE k = 20;
DELETE FROM a WHERE id = 1;
-- rows
-- 10 | 100 | null | ten
-- 20 | null | 2 | null
-- 30 | 300 | 3 | twenty

-- cut
DELETE FROM d;
DELETE FROM a;
-- rows
