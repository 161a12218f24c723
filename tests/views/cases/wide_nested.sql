-- A nested SELECT that calculates with wide numerics, worked out row by row.
-- kept: full
-- key: id
CREATE TABLE n (id integer PRIMARY KEY, a numeric, b numeric(12,2));
CREATE MATERIALIZED VIEW v AS
SELECT o.id, (SELECT max(i.a * o.b) FROM n AS i WHERE i.id < o.id AND i.a / 2 < o.b LIMIT 1) AS most
FROM n AS o;

-- cut
INSERT INTO n VALUES (1, 1.50, 2), (2, 3, 4.5), (3, 'NaN', 1), (4, 1e40, 100), (5, NULL, 7);
-- rows
-- 1 | null
-- 2 | 6.7500
-- 3 | 1.5000
-- 4 | 300.00
-- 5 | 21.00

-- cut
UPDATE n SET a = a * 2;
DELETE FROM n WHERE id = 3;
-- rows
-- 1 | null
-- 2 | 13.5000
-- 4 | 600.00
-- 5 | 42.00
