-- bool_and, bool_or and every are counts of what is true; NULL counts for neither.
-- kept: touched groups
CREATE TABLE f (id integer PRIMARY KEY, g integer, b boolean, n integer);
CREATE MATERIALIZED VIEW v AS
SELECT g, bool_and(b) AS everywhere, bool_or(b) AS somewhere, every(n > 0) AS positive,
       bool_or(b) FILTER (WHERE n > 1) AS high, bit_and(n) AS common, bit_or(n) AS any_bit,
       bit_xor(n) AS odd
FROM f GROUP BY g;

-- cut
INSERT INTO f VALUES (1, 1, true, 1), (2, 1, NULL, 2), (3, 2, NULL, NULL), (4, NULL, false, 6),
                     (5, NULL, true, 3);
-- rows
-- 1 | true | true | true | null | 0 | 3 | 3
-- 2 | null | null | null | null | null | null | null
-- null | false | true | true | true | 2 | 7 | 5

-- cut
UPDATE f SET b = false WHERE id = 1;
UPDATE f SET b = true WHERE id = 3;
DELETE FROM f WHERE id = 4;
-- rows
-- 1 | false | false | true | null | 0 | 3 | 3
-- 2 | true | true | null | null | null | null | null
-- null | true | true | true | true | 3 | 3 | 3

-- cut
UPDATE f SET b = NULL;
UPDATE f SET g = 2 WHERE id = 2;
-- rows
-- 1 | null | null | true | null | 1 | 1 | 1
-- 2 | null | null | true | null | 2 | 2 | 2
-- null | null | null | true | null | 3 | 3 | 3

-- cut
DELETE FROM f WHERE g = 2;
INSERT INTO f VALUES (2, 2, false, -1);
-- rows
-- 1 | null | null | true | null | 1 | 1 | 1
-- 2 | false | false | false | null | -1 | -1 | -1
-- null | null | null | true | null | 3 | 3 | 3
