-- NaN in numerics of declared precision is above all others in every order, and equal to itself.
-- kept: touched groups
CREATE TABLE n (id integer PRIMARY KEY, g integer NOT NULL, a numeric(10,2), l numeric(8,1)[]);
CREATE MATERIALIZED VIEW v AS
SELECT q.id, q.a, q.place, q.before, q.running, q.l[1] AS first, q.l,
       q.l || q.a AS more, q.a = ANY(q.l) AS has, q.a > 1 AS above, round(q.a, 1) AS rounded
FROM (SELECT id, a, l, rank() OVER (PARTITION BY g ORDER BY a DESC, id) AS place,
             lag(a) OVER (PARTITION BY g ORDER BY a, id) AS before,
             sum(a) OVER (PARTITION BY g ORDER BY id) AS running FROM n) q
WHERE q.place <= 3;

-- cut
INSERT INTO n VALUES (1, 1, 1.50, '{1.5,2}'), (2, 1, 7, '{}'), (3, 1, NULL, NULL), (4, 2, 0.05, '{NULL,0.1}');
-- rows
-- 1 | 1.50 | 3 | null | 1.50 | 1.5 | {1.5,2.0} | {1.5,2.0,1.50} | true | true | 1.5
-- 2 | 7.00 | 2 | 1.50 | 8.50 | null | {} | {7.00} | false | true | 7.0
-- 3 | null | 1 | 7.00 | 8.50 | null | null | {NULL} | null | null | null
-- 4 | 0.05 | 1 | null | 0.05 | null | {NULL,0.1} | {NULL,0.1,0.05} | null | false | 0.1

-- cut
INSERT INTO n VALUES (5, 1, 'NaN', '{NaN,1}'), (6, 2, 'NaN', '{1,NULL,NaN}'), (7, 2, 4, '{4}');
-- rows
-- 2 | 7.00 | 3 | 1.50 | 8.50 | null | {} | {7.00} | false | true | 7.0
-- 3 | null | 1 | NaN | 8.50 | null | null | {NULL} | null | null | null
-- 4 | 0.05 | 3 | null | 0.05 | null | {NULL,0.1} | {NULL,0.1,0.05} | null | false | 0.1
-- 5 | NaN | 2 | 7.00 | NaN | NaN | {NaN,1.0} | {NaN,1.0,NaN} | true | true | NaN
-- 6 | NaN | 1 | 4.00 | NaN | 1.0 | {1.0,NULL,NaN} | {1.0,NULL,NaN,NaN} | true | true | NaN
-- 7 | 4.00 | 2 | 0.05 | NaN | 4.0 | {4.0} | {4.0,4.00} | true | true | 4.0

-- cut
UPDATE n SET a = 3 WHERE id = 5;
UPDATE n SET a = 'NaN' WHERE id = 2;
DELETE FROM n WHERE id = 3;
-- rows
-- 1 | 1.50 | 3 | null | 1.50 | 1.5 | {1.5,2.0} | {1.5,2.0,1.50} | true | true | 1.5
-- 2 | NaN | 1 | 3.00 | NaN | null | {} | {NaN} | false | true | NaN
-- 4 | 0.05 | 3 | null | 0.05 | null | {NULL,0.1} | {NULL,0.1,0.05} | null | false | 0.1
-- 5 | 3.00 | 2 | 1.50 | NaN | NaN | {NaN,1.0} | {NaN,1.0,3.00} | false | true | 3.0
-- 6 | NaN | 1 | 4.00 | NaN | 1.0 | {1.0,NULL,NaN} | {1.0,NULL,NaN,NaN} | true | true | NaN
-- 7 | 4.00 | 2 | 0.05 | NaN | 4.0 | {4.0} | {4.0,4.00} | true | true | 4.0

-- cut
DELETE FROM n WHERE a = 'NaN';
-- rows
-- 1 | 1.50 | 2 | null | 1.50 | 1.5 | {1.5,2.0} | {1.5,2.0,1.50} | true | true | 1.5
-- 4 | 0.05 | 2 | null | 0.05 | null | {NULL,0.1} | {NULL,0.1,0.05} | null | false | 0.1
-- 5 | 3.00 | 1 | 1.50 | 4.50 | NaN | {NaN,1.0} | {NaN,1.0,3.00} | false | true | 3.0
-- 7 | 4.00 | 1 | 0.05 | 4.05 | 4.0 | {4.0} | {4.0,4.00} | true | true | 4.0
