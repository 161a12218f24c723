-- PostgreSQL's arithmetic: whole division, numeric scale and rounding, away from zero at a half.
CREATE TABLE n (id integer PRIMARY KEY, i integer, k integer, a numeric(12,3), b numeric(12,3),
                u numeric, f double precision);
CREATE MATERIALIZED VIEW v AS
SELECT id, i / k AS whole, i % k AS rest, a / b AS quotient, a / 3 AS third, round(a, 1) AS tenth,
       round(a) AS unit, a::integer AS as_integer, u * 2 AS twice, f::integer AS half_even,
       round(f) AS round_float, ceil(a) AS up, floor(a) AS down, abs(a) AS size, mod(i, k) AS m,
       i::numeric / k AS exact, f / 3 AS float_third, sign(a) AS sign, trunc(a) AS cut
FROM n;

-- cut
INSERT INTO n VALUES (1, 7, 2, 2.5, 3, 1.25, 2.5), (2, -7, 2, -2.5, 7, -0.000000000001, -3.5),
                     (3, 7, -2, 0.05, 0.003, 123456789.123456789, 0.5),
                     (4, NULL, 3, 99999.999, 0.001, NULL, 1e9);
-- rows
-- 1 | 3 | 1 | 0.83333333333333333333 | 0.83333333333333333333 | 2.5 | 3 | 3 | 2.50 | 2 | 2 | 3 | 2 | 2.500 | 1 | 3.5000000000000000 | 0.8333333333333334 | 1 | 2
-- 2 | -3 | -1 | -0.35714285714285714286 | -0.83333333333333333333 | -2.5 | -3 | -3 | -0.000000000002 | -4 | -4 | -2 | -3 | 2.500 | -1 | -3.5000000000000000 | -1.1666666666666667 | -1 | -2
-- 3 | -3 | 1 | 16.6666666666666667 | 0.01666666666666666667 | 0.1 | 0 | 0 | 246913578.246913578 | 0 | 0 | 1 | 0 | 0.050 | 1 | -3.5000000000000000 | 0.16666666666666666 | 1 | 0
-- 4 | null | null | 99999999.000000000000 | 33333.333000000000 | 100000.0 | 100000 | 100000 | null | 1000000000 | 1000000000 | 100000 | 99999 | 99999.999 | null | null | 333333333.3333333 | 1 | 99999
