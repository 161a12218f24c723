-- LEFT JOIN LATERAL with a condition of its own, over one group, over rows and over the first of
-- each; JOIN LATERAL with one below an outer join; RIGHT JOIN LATERAL, which may refer to nothing.
-- key: id, bid, dk
-- kept: touched groups
CREATE TABLE a (id integer PRIMARY KEY, k integer, j integer);
CREATE TABLE b (id integer PRIMARY KEY, k integer, n numeric(8, 2));
CREATE TABLE d (k integer PRIMARY KEY, w text);
CREATE MATERIALIZED VIEW v AS
SELECT a.id, s.total, r.id AS bid, f.n AS top, x.k AS dk, x.least
FROM a LEFT JOIN LATERAL (SELECT sum(n) AS t FROM b WHERE b.k = a.k) AS s (total) ON total > a.j
LEFT JOIN LATERAL (SELECT id, n FROM b WHERE b.k = a.k) AS r ON r.n < a.j
LEFT JOIN LATERAL (SELECT n FROM b WHERE b.k = a.k ORDER BY n DESC, id LIMIT 1) AS f
    ON f.n > 2 AND a.id > 1
RIGHT JOIN LATERAL (
    SELECT k, least
    FROM d JOIN LATERAL (SELECT min(n) AS least FROM b WHERE b.k = d.k) AS m ON least > 1
) AS x ON x.k = a.k;

-- cut
INSERT INTO a VALUES (1, 1, 2), (2, 1, 9), (3, NULL, 1);
INSERT INTO b VALUES (1, 1, 1.50), (2, 1, 5), (3, 2, 4);
INSERT INTO d VALUES (1, 'one'), (2, 'two'), (3, 'three');
-- rows
-- 1 | 6.50 | 1 | null | 1 | 1.50
-- 2 | null | 1 | 5.00 | 1 | 1.50
-- 2 | null | 2 | 5.00 | 1 | 1.50
-- null | null | null | null | 2 | 4.00

-- cut
UPDATE b SET n = 0.5 WHERE id = 1;
UPDATE a SET j = NULL WHERE id = 2;
-- rows
-- null | null | null | null | 2 | 4.00

-- cut
DELETE FROM b WHERE id = 1;
UPDATE a SET k = 2 WHERE id = 3;
-- rows
-- 1 | 5.00 | null | null | 1 | 5.00
-- 2 | null | null | 5.00 | 1 | 5.00
-- 3 | 4.00 | null | 4.00 | 2 | 4.00

-- cut
DELETE FROM a;
DELETE FROM d WHERE k = 2;
-- rows
-- null | null | null | null | 1 | 5.00
