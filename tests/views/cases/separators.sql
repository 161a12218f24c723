-- string_agg with a separator of each row, percentiles of fractions that are calculated
-- kept: touched groups
CREATE TABLE s (id integer PRIMARY KEY, g integer, t text, sep text, n numeric(8,2));
CREATE MATERIALIZED VIEW v AS
SELECT g, string_agg(t, sep ORDER BY id) AS joined,
       string_agg(t, sep ORDER BY t DESC, id) FILTER (WHERE id <> 2) AS down,
       percentile_cont(0.2 + 0.3) WITHIN GROUP (ORDER BY n) AS middle,
       percentile_disc((1 - 0.5) * 0.5) WITHIN GROUP (ORDER BY id) AS quarter
FROM s GROUP BY g;

-- cut
INSERT INTO s VALUES (1, 1, 'a', '-', 1), (2, 1, NULL, '+', 2), (3, 1, 'b', NULL, 4), (4, 1, 'c', ', ', 8),
                     (5, 2, NULL, 'x', NULL), (6, 3, '', '/', 3), (7, 3, 'z', '/', 5);
-- rows
-- 1 | ab, c | cb-a | 3 | 1
-- 2 | null | null | null | 5
-- 3 | /z | z/ | 4 | 6

-- cut
UPDATE s SET sep = '::' WHERE id IN (1, 4);
DELETE FROM s WHERE id = 6;
INSERT INTO s VALUES (8, 2, 'only', '!', 1.5);
-- rows
-- 1 | ab::c | cb::a | 3 | 1
-- 2 | only | only | 1.5 | 5
-- 3 | z | z | 5 | 7
