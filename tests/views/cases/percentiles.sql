-- Ordered-set aggregates: percentiles with and without interpolation, and the mode.
-- kept: touched groups
CREATE TABLE p (id integer PRIMARY KEY, g integer, i integer, f double precision, n numeric(8,2), w text);
CREATE MATERIALIZED VIEW v AS
SELECT g, percentile_cont(0.5) WITHIN GROUP (ORDER BY i) AS median,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY f DESC) AS low,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY n) AS disc,
       percentile_disc(0.25) WITHIN GROUP (ORDER BY w DESC) AS word,
       percentile_cont(ARRAY[0, 0.25, 1]) WITHIN GROUP (ORDER BY n) AS parts,
       percentile_disc(ARRAY[0.1, 0.9]) WITHIN GROUP (ORDER BY i) AS discs,
       mode() WITHIN GROUP (ORDER BY i) AS least_mode, mode() WITHIN GROUP (ORDER BY w DESC) AS last_mode,
       percentile_disc(1) WITHIN GROUP (ORDER BY i) FILTER (WHERE w IS NOT NULL) AS some
FROM p GROUP BY g;

-- cut
INSERT INTO p VALUES (1, 1, 5, 0.5, 1.25, 'a'), (2, 1, 7, 1.5, 2.25, 'b'), (3, 1, 7, NULL, NULL, 'b'),
                     (4, 1, 5, -3, 9, 'a'), (5, 2, NULL, NULL, NULL, NULL), (6, NULL, 1, 1, 1, '');
-- rows
-- 1 | 6 | -2.3000000000000003 | 2.25 | b | {1.25,1.75,9} | {5,7} | 5 | b | 7
-- 2 | null | null | null | null | null | null | null | null | null
-- null | 1 | 1 | 1.00 |  | {1,1,1} | {1,1} | 1 |  | 1

-- cut
UPDATE p SET i = 6, w = NULL WHERE id = 1;
INSERT INTO p VALUES (7, 2, 3, 3, 3, 'é');
-- rows
-- 1 | 6.5 | -2.3000000000000003 | 2.25 | b | {1.25,1.75,9} | {5,7} | 7 | b | 7
-- 2 | 3 | 3 | 3.00 | é | {3,3,3} | {3,3} | 3 | é | 3
-- null | 1 | 1 | 1.00 |  | {1,1,1} | {1,1} | 1 |  | 1

-- cut
DELETE FROM p WHERE g = 1;
-- rows
-- 2 | 3 | 3 | 3.00 | é | {3,3,3} | {3,3} | 3 | é | 3
-- null | 1 | 1 | 1.00 |  | {1,1,1} | {1,1} | 1 |  | 1
