-- A comma binds loosest: `b RIGHT JOIN d` and `LATERAL … LEFT JOIN c` are joined first.
-- key: id, k, cid
CREATE TABLE a (id integer PRIMARY KEY, k integer);
CREATE TABLE b (id integer PRIMARY KEY, k integer, n numeric(8, 2));
CREATE TABLE c (id integer PRIMARY KEY, s numeric(8, 2));
CREATE TABLE d (k integer PRIMARY KEY, w text);
CREATE MATERIALIZED VIEW v AS
SELECT a.id, d.k, b.id AS bid, l.s, c.id AS cid
FROM a, b RIGHT JOIN d USING (k), LATERAL (SELECT sum(n) AS s FROM b AS e WHERE e.k = a.k) AS l
LEFT JOIN c USING (s)
WHERE a.k = d.k AND (b.id IS NULL OR b.id < 9);

-- cut
INSERT INTO a VALUES (1, 1), (2, 2), (3, NULL);
INSERT INTO b VALUES (1, 1, 2.50);
INSERT INTO c VALUES (1, 2.50), (2, 5);
INSERT INTO d VALUES (1, 'one'), (2, 'two');
-- rows
-- 1 | 1 | 1 | 2.50 | 1
-- 2 | 2 | null | null | null

-- cut
INSERT INTO b VALUES (2, 2, 5), (9, 1, 2.50);
UPDATE a SET k = 2 WHERE id = 3;
-- rows
-- 1 | 1 | 1 | 5.00 | 2
-- 2 | 2 | 2 | 5.00 | 2
-- 3 | 2 | 2 | 5.00 | 2

-- cut
DELETE FROM b;
DELETE FROM d WHERE k = 1;
-- rows
-- 2 | 2 | null | null | null
-- 3 | 2 | null | null | null
