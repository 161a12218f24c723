-- Arrays of numerics of any size: their elements are compared by value.
CREATE TABLE t (id integer PRIMARY KEY, l numeric[], x numeric);
CREATE MATERIALIZED VIEW v AS
SELECT id, array_append(l, x) AS appended, array_prepend(x, l) AS prepended,
       array_remove(l, 1) AS removed, array_replace(l, x, 0.50) AS replaced,
       array_position(l, x) AS place, array_position(l, 1, 2) AS later,
       array_positions(l, x) AS places, array_sort(l, true) AS sorted, array_reverse(l) AS reversed,
       array_cat(l, array_sort(l)) AS joined, l::numeric(8,1)[] AS rounded, l @> ARRAY[x] AS has
FROM t;

-- cut
INSERT INTO t VALUES (1, '{1,2.5,NaN,NULL,-1e40}', 2.50), (2, '{}', 'NaN'), (3, NULL, 1);
UPDATE t SET l[5] = 3.14159 WHERE id = 1;
-- rows
-- 1 | {1,2.5,NaN,NULL,3.14159,2.50} | {2.50,1,2.5,NaN,NULL,3.14159} | {2.5,NaN,NULL,3.14159} | {1,0.50,NaN,NULL,3.14159} | 2 | null | {2} | {NULL,NaN,3.14159,2.5,1} | {3.14159,NULL,NaN,2.5,1} | {1,2.5,NaN,NULL,3.14159,1,2.5,3.14159,NaN,NULL} | {1.0,2.5,NaN,NULL,3.1} | true
-- 2 | {NaN} | {NaN} | {} | {} | null | null | {} | {} | {} | {} | {} | false
-- 3 | {1} | {1} | null | null | null | null | null | null | null | null | null | null

-- cut
UPDATE t SET l = '{NULL,1,1,1e30}', x = NULL WHERE id = 2;
UPDATE t SET l = l || 4.0 || 1, x = 'NaN' WHERE id = 1;
DELETE FROM t WHERE id = 3;
UPDATE t SET l = '{NULL,1.00,1.00,30.25}' WHERE id = 2;
-- rows
-- 1 | {1,2.5,NaN,NULL,3.14159,4.0,1,NaN} | {NaN,1,2.5,NaN,NULL,3.14159,4.0,1} | {2.5,NaN,NULL,3.14159,4.0} | {1,2.5,0.50,NULL,3.14159,4.0,1} | 3 | 7 | {3} | {NULL,NaN,4.0,3.14159,2.5,1,1} | {1,4.0,3.14159,NULL,NaN,2.5,1} | {1,2.5,NaN,NULL,3.14159,4.0,1,1,1,2.5,3.14159,4.0,NaN,NULL} | {1.0,2.5,NaN,NULL,3.1,4.0,1.0} | true
-- 2 | {NULL,1.00,1.00,30.25,NULL} | {NULL,NULL,1.00,1.00,30.25} | {NULL,30.25} | {0.50,1.00,1.00,30.25} | 1 | 2 | {1} | {NULL,30.25,1.00,1.00} | {30.25,1.00,1.00,NULL} | {NULL,1.00,1.00,30.25,1.00,1.00,30.25,NULL} | {NULL,1.0,1.0,30.3} | false
