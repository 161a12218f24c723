-- Every window function, over partitions with a total order, on two PARTITION BYs in one SELECT.
-- kept: touched groups
-- key: id
CREATE TABLE points (id integer PRIMARY KEY, team text, player text, n integer, x numeric(8,2), f float8);
CREATE MATERIALIZED VIEW v AS
SELECT id, team,
       row_number() OVER w AS number, rank() OVER (PARTITION BY team ORDER BY n) AS ranked,
       dense_rank() OVER (PARTITION BY team ORDER BY n DESC) AS dense,
       percent_rank() OVER (PARTITION BY team ORDER BY n) AS percent,
       cume_dist() OVER (PARTITION BY team ORDER BY n) AS cumulative,
       ntile(2) OVER w AS half,
       lag(n) OVER w AS before, lead(n, 2, -1) OVER w AS after_next,
       first_value(x) OVER w AS first, last_value(x) OVER w AS last,
       nth_value(n, 2) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS second,
       sum(n) OVER (PARTITION BY player) AS of_player,
       avg(x) OVER w AS running_mean,
       sum(f) OVER (PARTITION BY team ORDER BY id) AS running_float,
       count(*) FILTER (WHERE n > 2) OVER (PARTITION BY team) AS large,
       max(n) OVER (PARTITION BY team ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS near,
       bool_or(n > 4) OVER (PARTITION BY team) AS any_large
FROM points
WINDOW w AS (PARTITION BY team ORDER BY n, id);

-- cut
INSERT INTO points VALUES (1, 'a', 'p', 1, 1.5, 0.1), (2, 'a', 'q', 3, 2.5, 0.2), (3, 'b', 'p', 3, NULL, 0.3),
                          (4, NULL, 'q', NULL, 4, 1e10), (5, 'a', NULL, 5, 0.01, -1);
-- rows
-- 1 | a | 1 | 1 | 3 | 0 | 0.3333333333333333 | 1 | null | 5 | 1.50 | 1.50 | 3 | 4 | 1.50000000000000000000 | 0.1 | 2 | 3 | true
-- 2 | a | 2 | 2 | 2 | 0.5 | 0.6666666666666666 | 1 | 1 | -1 | 1.50 | 2.50 | 3 | 3 | 2.0000000000000000 | 0.30000000000000004 | 2 | 5 | true
-- 3 | b | 1 | 1 | 1 | 0 | 1 | 1 | null | -1 | null | null | null | 4 | null | 0.3 | 1 | 3 | false
-- 4 | null | 1 | 1 | 1 | 0 | 1 | 1 | null | -1 | 4.00 | 4.00 | null | 3 | 4.0000000000000000 | 10000000000 | 0 | null | null
-- 5 | a | 3 | 3 | 1 | 1 | 1 | 2 | 3 | -1 | 1.50 | 0.01 | 3 | 5 | 1.3366666666666667 | -0.7 | 2 | 5 | true

-- cut
UPDATE points SET n = 4 WHERE id = 1;
INSERT INTO points VALUES (6, 'b', 'q', 3, 7, 7), (7, NULL, NULL, 2, 1, NULL);
-- rows
-- 1 | a | 2 | 2 | 2 | 0.5 | 0.6666666666666666 | 1 | 3 | -1 | 2.50 | 1.50 | 4 | 7 | 2.0000000000000000 | 0.1 | 3 | 4 | true
-- 2 | a | 1 | 1 | 3 | 0 | 0.3333333333333333 | 1 | null | 5 | 2.50 | 2.50 | 4 | 6 | 2.5000000000000000 | 0.30000000000000004 | 3 | 5 | true
-- 3 | b | 1 | 1 | 1 | 0 | 1 | 1 | null | -1 | null | null | 3 | 7 | null | 0.3 | 2 | 3 | false
-- 4 | null | 2 | 2 | 1 | 1 | 1 | 2 | 2 | -1 | 1.00 | 4.00 | null | 6 | 2.5000000000000000 | 10000000000 | 0 | 2 | false
-- 5 | a | 3 | 3 | 1 | 1 | 1 | 2 | 4 | -1 | 2.50 | 0.01 | 4 | 7 | 1.3366666666666667 | -0.7 | 3 | 5 | true
-- 6 | b | 2 | 1 | 1 | 0 | 1 | 2 | 3 | -1 | null | 7.00 | 3 | 6 | 7.0000000000000000 | 7.3 | 2 | 3 | false
-- 7 | null | 1 | 1 | 2 | 0 | 0.5 | 1 | null | -1 | 1.00 | 1.00 | null | 7 | 1.00000000000000000000 | 10000000000 | 0 | 2 | false

-- cut
UPDATE points SET team = 'b' WHERE id = 5;
DELETE FROM points WHERE id IN (2, 4);
-- rows
-- 1 | a | 1 | 1 | 1 | 0 | 1 | 1 | null | -1 | 1.50 | 1.50 | null | 7 | 1.50000000000000000000 | 0.1 | 1 | 4 | false
-- 3 | b | 1 | 1 | 2 | 0 | 0.6666666666666666 | 1 | null | 5 | null | null | 3 | 7 | null | 0.3 | 3 | 5 | true
-- 5 | b | 3 | 3 | 1 | 1 | 1 | 2 | 3 | -1 | null | 0.01 | 3 | 7 | 3.5050000000000000 | -0.7 | 3 | 5 | true
-- 6 | b | 2 | 1 | 2 | 0 | 0.6666666666666666 | 1 | 3 | -1 | null | 7.00 | 3 | 3 | 7.0000000000000000 | 6.3 | 3 | 5 | true
-- 7 | null | 1 | 1 | 1 | 0 | 1 | 1 | null | -1 | 1.00 | 1.00 | null | 7 | 1.00000000000000000000 | null | 0 | 2 | false

-- cut
DELETE FROM points;
-- rows

-- cut
INSERT INTO points VALUES (1, 'a', 'p', 1, 1.5, 0.1);
-- rows
-- 1 | a | 1 | 1 | 1 | 0 | 1 | 1 | null | -1 | 1.50 | 1.50 | null | 1 | 1.50000000000000000000 | 0.1 | 0 | 1 | false
