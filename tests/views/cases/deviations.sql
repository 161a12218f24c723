-- variance and stddev of exact numbers, with PostgreSQL's scale, from sums.
CREATE TABLE d (id integer PRIMARY KEY, g integer, i integer, b bigint, n numeric(10,2));
CREATE MATERIALIZED VIEW v AS
SELECT g, stddev(i) AS s, variance(i) AS var, stddev_pop(i) AS sp, var_pop(i) AS vp,
       var_samp(b) AS vb, stddev_samp(b) AS sb, stddev(n) AS sn, var_pop(n) AS vn,
       variance(n) FILTER (WHERE i > 1) AS some
FROM d GROUP BY g;

-- cut
INSERT INTO d VALUES (1, 1, 1, 1000000, 0.01), (2, 1, 2, 2000000, 0.02), (3, 1, 4, -5, 1000.99),
                     (4, 2, 7, 7, 7), (5, NULL, NULL, NULL, NULL);
-- rows
-- 1 | 1.5275252316519467 | 2.3333333333333333 | 1.2472191289246471 | 1.5555555555555556 | 1000005000008.33333333 | 1000002.50000104 | 577.913185723715 | 222655.766822222222 | 500970.470450000000
-- 2 | null | null | 0 | 0 | null | null | null | 0 | null
-- null | null | null | null | null | null | null | null | null | null

-- cut
UPDATE d SET i = 100000, n = 12345.67 WHERE id = 2;
INSERT INTO d VALUES (6, 2, 7, 8, 7.5), (7, NULL, 3, 3, 3);
-- rows
-- 1 | 57733.58356278 | 3333166671.00000000 | 47139.27358371 | 2222111114.00000000 | 1000005000008.33333333 | 1000002.50000104 | 6857.101502559226 | 31346560.677600000000 | 64350882.151200000000
-- 2 | 0 | 0 | 0 | 0 | 0.50000000000000000000 | 0.70710678118654752440 | 0.35355339059327376220 | 0.06250000000000000000 | 0.12500000000000000000
-- null | null | null | 0 | 0 | null | null | null | 0 | null

-- cut
DELETE FROM d WHERE id IN (1, 3);
UPDATE d SET g = 2 WHERE id = 7;
-- rows
-- 1 | null | null | 0 | 0 | null | null | null | 0 | null
-- 2 | 2.3094010767585031 | 5.3333333333333333 | 1.8856180831641267 | 3.5555555555555556 | 7.0000000000000000 | 2.6457513110645906 | 2.4664414311581237 | 4.0555555555555556 | 6.0833333333333333
-- null | null | null | null | null | null | null | null | null | null

-- cut
DELETE FROM d;
-- rows
