-- one view a line, over a(id, k, x, n, s) and b(id, k, y, s); kinds of operators in turn
SELECT id, x + 1 AS x, upper(s) AS s FROM a WHERE x > 1
SELECT a.id, a.x, b.y FROM a JOIN b ON b.id = a.k
SELECT a.id, b.id AS other, a.x + b.y AS both FROM a JOIN b ON b.k = a.k
SELECT a.id, b.id AS other FROM a JOIN b ON b.k = a.k AND b.y < a.x
SELECT a.id, b.id AS other FROM a JOIN b ON b.y < a.x
SELECT one.id, two.id AS other FROM a one JOIN a two ON two.k = one.k AND two.id <> one.id
SELECT a.id, b.id AS other, b.y FROM a LEFT JOIN b ON b.k = a.k
SELECT a.id, b.id AS other, b.y FROM a LEFT JOIN b ON b.k = a.k AND b.y > a.x
SELECT a.id, b.id AS other FROM a RIGHT JOIN b ON b.id = a.k
SELECT a.id, b.id AS other, a.s, b.s AS t FROM a FULL JOIN b ON b.k = a.k
SELECT a.id, b.id AS other, c.id AS third, c.y FROM a LEFT JOIN b ON b.k = a.k LEFT JOIN b c ON c.id = b.y
SELECT id, x FROM a WHERE EXISTS (SELECT FROM b WHERE b.k = a.k)
SELECT id, x FROM a WHERE NOT EXISTS (SELECT FROM b WHERE b.k = a.k AND b.y > a.x)
SELECT id, x FROM a WHERE k IN (SELECT y FROM b)
SELECT id, x FROM a WHERE k NOT IN (SELECT y FROM b)
SELECT id, EXISTS (SELECT FROM b WHERE b.k = a.k) AS has, k IN (SELECT y FROM b) AS found FROM a
SELECT id, (SELECT max(y) FROM b WHERE b.k = a.k) AS most, (SELECT sum(x) FROM a) AS total FROM a
SELECT k, count(*) AS c, count(x) AS cx, sum(x) AS sx, avg(x) AS ax, sum(n) AS sn, avg(n) AS an FROM a GROUP BY k
SELECT k, min(x) AS lo, max(x) AS hi, min(s) AS first, max(s) AS last, min(n::numeric(9,2)) AS n FROM a GROUP BY k
SELECT count(*) AS c, sum(x) AS x, min(n::numeric(9,2)) AS lo, max(n::numeric(9,2)) AS hi, variance(n::numeric(9,4)) AS v, stddev_pop(x) AS d FROM a
SELECT k, count(DISTINCT x) AS c, sum(DISTINCT x) AS sx, count(x) FILTER (WHERE n > 1) AS f FROM a GROUP BY k
SELECT k, string_agg(s, ',' ORDER BY s, id) AS s, array_agg(x ORDER BY id DESC) AS xs FROM a GROUP BY k
SELECT k, bool_and(x > 1) AS every, bool_or(x > 2) AS some, bit_or(x) AS bits FROM a GROUP BY k
SELECT k, percentile_disc(0.5) WITHIN GROUP (ORDER BY x) AS m, mode() WITHIN GROUP (ORDER BY s) AS s FROM a GROUP BY k
SELECT n::numeric(9,2) AS n, count(*) AS c FROM a GROUP BY n::numeric(9,2)
SELECT b.s, count(*) AS c, sum(a.n) AS n FROM a LEFT JOIN b ON b.id = a.k GROUP BY b.s
SELECT k, sum(x) AS x FROM a GROUP BY k HAVING count(*) > 1
SELECT k, x, grouping(k, x) AS g, count(*) AS c FROM a GROUP BY ROLLUP (k, x)
SELECT DISTINCT k, s FROM a
SELECT DISTINCT ON (k) k, id, x FROM a ORDER BY k, x DESC, id
SELECT k, s FROM a UNION SELECT y, s FROM b
SELECT t, id, n FROM (SELECT 'a' AS t, id, n FROM a UNION ALL SELECT 'b', id, y FROM b) q WHERE id > 1 GROUP BY t, id, n
SELECT k, s FROM a INTERSECT SELECT k, s FROM b
SELECT k, s FROM a EXCEPT SELECT k, s FROM b
SELECT s, count(*) AS c FROM (SELECT s FROM a INTERSECT ALL SELECT s FROM b) q GROUP BY s
SELECT s, count(*) AS c FROM (SELECT s FROM a EXCEPT ALL SELECT s FROM b) q GROUP BY s
SELECT id, x FROM a ORDER BY x DESC NULLS LAST, id LIMIT 3
SELECT id, x FROM a ORDER BY x, id OFFSET 2
SELECT id, n FROM a ORDER BY n FETCH FIRST 2 ROWS WITH TIES
SELECT id, row_number() OVER (PARTITION BY k ORDER BY x, id) AS r, sum(x) OVER (PARTITION BY k ORDER BY id) AS s FROM a
SELECT id, lag(x) OVER (ORDER BY id) AS before, rank() OVER (ORDER BY x) AS r FROM a
SELECT a.id, g.v FROM a CROSS JOIN LATERAL generate_series(1, a.x) AS g(v)
SELECT a.id, t.id AS other, t.y FROM a LEFT JOIN LATERAL (SELECT id, y FROM b WHERE b.k = a.k ORDER BY y, id LIMIT 2) t ON true
SELECT a.id, v.w FROM a JOIN (VALUES (1, 'one'), (2, 'two')) AS v(k, w) ON v.k = a.k
WITH RECURSIVE t AS (SELECT id, k FROM a WHERE k IS NULL UNION SELECT a.id, a.k FROM a JOIN t ON t.id = a.k) SELECT * FROM t
WITH t AS (SELECT k, sum(x) AS x FROM a GROUP BY k) SELECT a.id, t.x FROM a JOIN t ON t.k = a.k WHERE t.x > (SELECT avg(x) FROM t)
SELECT b.k, max(q.c) AS most FROM b JOIN (SELECT k, count(*) AS c FROM a GROUP BY k) q ON q.k = b.y GROUP BY b.k
