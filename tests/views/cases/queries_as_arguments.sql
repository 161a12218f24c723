-- A nested SELECT that is worked out for each row, as an argument of functions that work through lists.
-- kept: full
-- key: id
CREATE TABLE x (id integer PRIMARY KEY, k integer, ar integer[], w text);
CREATE TABLE z (id integer PRIMARY KEY, j integer, w text);
CREATE MATERIALIZED VIEW v AS
SELECT x.id,
  array_remove(ar, (SELECT max(j) FROM z UNION SELECT x.k WHERE x.k < 0)) AS less,
  initcap((SELECT max(z.w) FROM z UNION SELECT x.w WHERE x.k < 0)) AS named,
  k <> 0 AND 4 / k > (SELECT max(j) FROM z UNION SELECT x.k WHERE x.k < 0) AS lazy
FROM x;

-- cut
INSERT INTO x VALUES (1, 1, '{1,2,3}', 'a'), (2, 0, '{3}', 'b'), (3, NULL, NULL, NULL);
INSERT INTO z VALUES (1, 3, 'one two');
-- rows
-- 1 | {1,2} | One Two | true
-- 2 | {} | One Two | false
-- 3 | null | One Two | null

-- cut
UPDATE z SET j = 1, w = 'x';
-- rows
-- 1 | {2,3} | X | true
-- 2 | {3} | X | false
-- 3 | null | X | null
