-- NaN in numerics of declared precision: the view is planned anew, with numerics of any size.
-- kept: touched groups
CREATE TABLE n (id integer PRIMARY KEY, g integer NOT NULL, a numeric(10,2), b numeric(6,3) NOT NULL);
CREATE TABLE m (k numeric(10,2) PRIMARY KEY, t text);
CREATE MATERIALIZED VIEW v AS
SELECT n.g, m.t, sum(n.a) AS sum, avg(n.a) AS avg, min(n.a) AS min, max(n.a) AS max,
       count(n.a) AS count, count(DISTINCT n.a) AS different, sum(n.a * n.b) AS product,
       array_agg(n.a ORDER BY n.a DESC, n.id) AS listed, bool_or(n.a = 'NaN') AS has
FROM n LEFT JOIN m ON m.k = n.a GROUP BY n.g, m.t;

-- cut
INSERT INTO n VALUES (1, 1, 1.50, 2), (2, 1, 2.50, 3), (3, 1, NULL, 1), (4, 2, 0.05, 5);
INSERT INTO m VALUES (1.5, 'half'), (2.5, 'more');
-- rows
-- 1 | half | 1.50 | 1.50000000000000000000 | 1.50 | 1.50 | 1 | 1 | 3.00000 | {1.50} | false
-- 1 | more | 2.50 | 2.5000000000000000 | 2.50 | 2.50 | 1 | 1 | 7.50000 | {2.50} | false
-- 1 | null | null | null | null | null | 0 | 0 | null | {NULL} | null
-- 2 | null | 0.05 | 0.05000000000000000000 | 0.05 | 0.05 | 1 | 1 | 0.25000 | {0.05} | false

-- cut
INSERT INTO n VALUES (5, 1, 'NaN', 2), (6, 3, 'NaN', 1), (7, 3, 4, 1);
-- rows
-- 1 | half | 1.50 | 1.50000000000000000000 | 1.50 | 1.50 | 1 | 1 | 3.00000 | {1.50} | false
-- 1 | more | 2.50 | 2.5000000000000000 | 2.50 | 2.50 | 1 | 1 | 7.50000 | {2.50} | false
-- 1 | null | NaN | NaN | NaN | NaN | 1 | 1 | NaN | {NULL,NaN} | true
-- 2 | null | 0.05 | 0.05000000000000000000 | 0.05 | 0.05 | 1 | 1 | 0.25000 | {0.05} | false
-- 3 | null | NaN | NaN | 4.00 | NaN | 2 | 2 | NaN | {NaN,4.00} | true

-- cut
INSERT INTO m VALUES ('NaN', 'none');
UPDATE n SET b = 'NaN' WHERE id = 1;
-- rows
-- 1 | half | 1.50 | 1.50000000000000000000 | 1.50 | 1.50 | 1 | 1 | NaN | {1.50} | false
-- 1 | more | 2.50 | 2.5000000000000000 | 2.50 | 2.50 | 1 | 1 | 7.50000 | {2.50} | false
-- 1 | none | NaN | NaN | NaN | NaN | 1 | 1 | NaN | {NaN} | true
-- 1 | null | null | null | null | null | 0 | 0 | null | {NULL} | null
-- 2 | null | 0.05 | 0.05000000000000000000 | 0.05 | 0.05 | 1 | 1 | 0.25000 | {0.05} | false
-- 3 | none | NaN | NaN | NaN | NaN | 1 | 1 | NaN | {NaN} | true
-- 3 | null | 4.00 | 4.0000000000000000 | 4.00 | 4.00 | 1 | 1 | 4.00000 | {4.00} | false

-- cut
UPDATE n SET a = 3 WHERE id = 5;
DELETE FROM n WHERE id = 6;
DELETE FROM m WHERE k = 2.5;
-- rows
-- 1 | half | 1.50 | 1.50000000000000000000 | 1.50 | 1.50 | 1 | 1 | NaN | {1.50} | false
-- 1 | null | 5.50 | 2.7500000000000000 | 2.50 | 3.00 | 2 | 2 | 13.50000 | {NULL,3.00,2.50} | false
-- 2 | null | 0.05 | 0.05000000000000000000 | 0.05 | 0.05 | 1 | 1 | 0.25000 | {0.05} | false
-- 3 | null | 4.00 | 4.0000000000000000 | 4.00 | 4.00 | 1 | 1 | 4.00000 | {4.00} | false

-- cut
UPDATE m SET k = 4 WHERE k = 'NaN';
UPDATE n SET a = -99999999.99, b = 0 WHERE id IN (1, 4);
-- rows
-- 1 | null | -99999994.49 | -33333331.496666666667 | -99999999.99 | 3.00 | 3 | 3 | 13.50000 | {NULL,3.00,2.50,-99999999.99} | false
-- 2 | null | -99999999.99 | -99999999.990000000000 | -99999999.99 | -99999999.99 | 1 | 1 | 0.00000 | {-99999999.99} | false
-- 3 | none | 4.00 | 4.0000000000000000 | 4.00 | 4.00 | 1 | 1 | 4.00000 | {4.00} | false
