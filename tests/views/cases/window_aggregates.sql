-- aggregates that collect values, deviations, FILTER, and aggregates over a window
-- kept: touched groups
CREATE TABLE t (id int PRIMARY KEY, g text, x int, n numeric(6,2), b boolean, i interval);
CREATE MATERIALIZED VIEW v AS
SELECT id, string_agg(g || x, ',') OVER w AS texts, array_agg(x) OVER (w ROWS 1 PRECEDING) AS xs,
  json_agg(n) FILTER (WHERE b) OVER w AS ns, jsonb_object_agg(coalesce(x, 0), b) OVER w AS pairs,
  any_value(g) OVER (PARTITION BY g) AS g, stddev_samp(n) OVER w AS deviation, var_pop(x) OVER w AS variance,
  every(b) OVER w AS every, bit_or(x) OVER w AS bits, max(i) OVER w AS longest,
  array_agg(x) OVER (PARTITION BY g ORDER BY x GROUPS CURRENT ROW) AS peers
FROM t WINDOW w AS (PARTITION BY g ORDER BY id DESC);

-- cut
INSERT INTO t VALUES (1, 'a', 1, 1.50, true, '1 day'), (2, 'a', 4, NULL, false, '25:00'), (3, 'a', 1, 2.25, NULL, '-1 mon'),
  (4, NULL, NULL, 3, true, NULL), (5, NULL, 2, 4, true, '1 year'), (6, 'b', NULL, NULL, NULL, NULL);
-- rows
-- 1 | a1,a4,a1 | {4,1} | [1.50] | {"1": true, "4": false} | a | 0.53033008588991064330 | 2.0000000000000000 | false | 5 | PT25H | {1,1}
-- 2 | a1,a4 | {1,4} | null | {"1": null, "4": false} | a | null | 2.2500000000000000 | false | 5 | PT25H | {4}
-- 3 | a1 | {1} | null | {"1": null} | a | null | 0 | null | 1 | P-1M | {1,1}
-- 4 | null | {2,NULL} | [4.00, 3.00] | {"0": true, "2": true} | null | 0.70710678118654752440 | 0 | true | 2 | P1Y | {NULL}
-- 5 | null | {2} | [4.00] | {"2": true} | null | null | 0 | true | 2 | P1Y | {2}
-- 6 | null | {NULL} | null | {"0": null} | b | null | null | null | null | null | {NULL}

-- cut
UPDATE t SET n = 9.75, b = true WHERE id = 3;
UPDATE t SET g = 'b' WHERE id = 5;
-- rows
-- 1 | a1,a4,a1 | {4,1} | [9.75, 1.50] | {"1": true, "4": false} | a | 5.8336309447890171 | 2.0000000000000000 | false | 5 | PT25H | {1,1}
-- 2 | a1,a4 | {1,4} | [9.75] | {"1": true, "4": false} | a | null | 2.2500000000000000 | false | 5 | PT25H | {4}
-- 3 | a1 | {1} | [9.75] | {"1": true} | a | null | 0 | true | 1 | P-1M | {1,1}
-- 4 | null | {NULL} | [3.00] | {"0": true} | null | null | null | true | null | null | {NULL}
-- 5 | b2 | {NULL,2} | [4.00] | {"0": null, "2": true} | b | null | 0 | true | 2 | P1Y | {2}
-- 6 | null | {NULL} | null | {"0": null} | b | null | null | null | null | null | {NULL}

-- cut
DELETE FROM t WHERE id IN (2, 4, 6);
-- rows
-- 1 | a1,a1 | {1,1} | [9.75, 1.50] | {"1": true} | a | 5.8336309447890171 | 0 | true | 1 | P1D | {1,1}
-- 3 | a1 | {1} | [9.75] | {"1": true} | a | null | 0 | true | 1 | P-1M | {1,1}
-- 5 | b2 | {2} | [4.00] | {"2": true} | b | null | 0 | true | 2 | P1Y | {2}

-- cut
DELETE FROM t;
-- rows
