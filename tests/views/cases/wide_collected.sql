-- What is collected of wide numerics: ordered sets, arrays and JSON.
-- kept: touched groups
CREATE TABLE n (id integer PRIMARY KEY, g integer, a numeric);
CREATE MATERIALIZED VIEW v AS
SELECT g, percentile_disc(0.5) WITHIN GROUP (ORDER BY a) AS middle,
       percentile_disc(ARRAY[0.25, 1]) WITHIN GROUP (ORDER BY a DESC) AS some,
       mode() WITHIN GROUP (ORDER BY a) AS most, array_agg(DISTINCT a) AS each,
       array_agg(a ORDER BY a DESC, id) AS all, jsonb_agg(a ORDER BY id) AS json,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY a) AS between
FROM n WHERE a > -100 GROUP BY g;

-- cut
INSERT INTO n VALUES (1, 1, 1.5), (2, 1, 10), (3, 1, 9), (4, 1, -2), (5, 1, 10), (6, 2, 1e30),
                     (7, 2, -0.25), (8, 2, NULL), (9, 2, -0.125);
-- rows
-- 1 | 9 | {10,-2} | 10 | {-2,1.5,9,10} | {10,10,9,1.5,-2} | [1.5, 10, 9, -2, 10] | 9
-- 2 | -0.125 | {1000000000000000000000000000000,-0.25} | -0.25 | {-0.25,-0.125,1000000000000000000000000000000} | {1000000000000000000000000000000,-0.125,-0.25} | [1000000000000000000000000000000, -0.25, -0.125] | -0.125

-- cut
DELETE FROM n WHERE id IN (2, 6);
UPDATE n SET a = 'NaN' WHERE id = 3;
-- rows
-- 1 | 1.5 | {NaN,-2} | -2 | {-2,1.5,10,NaN} | {NaN,10,1.5,-2} | [1.5, "NaN", -2, 10] | 5.75
-- 2 | -0.25 | {-0.125,-0.25} | -0.25 | {-0.25,-0.125} | {-0.125,-0.25} | [-0.25, -0.125] | -0.1875
