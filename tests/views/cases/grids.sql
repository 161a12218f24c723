-- Arrays of several dimensions: elements, parts, literals, concatenated, taken apart.
CREATE TABLE t (id integer PRIMARY KEY, a integer[][], b text[][], i integer[], n numeric(8,2)[][], k integer);
CREATE MATERIALIZED VIEW v AS
SELECT id, a[1][2] AS one, a[k][1] AS at, a[1] AS of_fewer, b[2][1] AS word, b[3][1][1] AS deep,
       n[1][2] AS number, a[1:2][1:1]::text AS part, a[:1]::text AS first, a[k:]::text AS rest,
       a[1:2][1]::text AS mixed, array_length(a, k) AS length, array_upper(a[:][2:], 2) AS upper,
       array_to_string(b, '+', '?') AS joined, k = ANY (a) AS has, 2 <> ALL (a) AS lacks,
       a @> ARRAY[1] AS contains, a && ARRAY[k, 9] AS overlaps, (a || a)::text AS twice,
       ARRAY[[1, 2], [3, k]]::text AS made, (ARRAY[[1, 2], [3, k]])[2][2] AS again,
       ARRAY[i, i]::text AS lists, a = ARRAY[[1, 2], [3, NULL]] AS same, a = i AS alike,
       array_dims(ARRAY[a, a]) AS higher,
       ('{{1,2},{3,4}}'::integer[])[2][k] AS constant,
       array_cat(a, '{}')::text AS bare, CASE WHEN k > 1 THEN a END::text AS chosen
FROM t;

-- cut
INSERT INTO t VALUES
    (1, '{{1,2},{3,NULL}}', '{{"a b",NULL},{"}{","x,\"y"}}', '{1,2}', '{{1.50,2}}', 2),
    (2, '[0:1]={1,2}', '{{{a},{b}},{{c},{"NULL"}},{{"\\"},{""}}}', '{}', '{}', 0),
    (3, '{}', '{}', NULL, NULL, 1), (4, NULL, NULL, '{NULL,3}', '{{{1}}}', NULL),
    (5, '{1,2,3}', '{a,"=","[0:1]={"}', '{1,2,3}', '{1,2.25}', 3);
-- rows
-- 1 | 2 | 3 | null | }{ | null | 2.00 | {{1},{3}} | {{1,2}} | {{3,NULL}} | {{1},{3}} | 2 | 1 | a b+?+}{+x,"y | true | false | true | true | {{1,2},{3,NULL},{1,2},{3,NULL}} | {{1,2},{3,2}} | 2 | {{1,2},{1,2}} | true | false | [1:2][1:2][1:2] | 4 | {{1,2},{3,NULL}} | {{1,2},{3,NULL}}
-- 2 | null | null | 2 | null | \ | null | {} | {1,2} | {1,2} | {} | null | null | a+b+c+NULL+\+ | false | false | true | false | [0:3]={1,2,1,2} | {{1,2},{3,0}} | 0 | {} | false | false | [1:2][0:1] | null | [0:1]={1,2} | null
-- 3 | null | null | null | null | null | null | {} | {} | {} | {} | null | null |  | false | true | false | false | {} | {{1,2},{3,1}} | 1 | {} | false | null | null | 3 | {} | null
-- 4 | null | null | null | null | null | null | null | null | null | null | null | null | null | null | null | null | null | null | {{1,2},{3,NULL}} | null | {{NULL,3},{NULL,3}} | null | null | null | null | {} | null
-- 5 | null | null | 1 | null | null | null | {} | {1} | {3} | {} | null | null | a+=+[0:1]={ | true | false | true | true | {1,2,3,1,2,3} | {{1,2},{3,3}} | 3 | {{1,2,3},{1,2,3}} | false | true | [1:2][1:3] | null | {1,2,3} | {1,2,3}

-- cut
UPDATE t SET a = '[-1:0][2:4]={{1,2,3},{4,5,6}}', k = -1 WHERE id = 3;
UPDATE t SET a[2][2] = 7, n = '{{NaN,NaN}}' WHERE id = 1;
DELETE FROM t WHERE id = 5;
-- rows
-- 1 | 2 | 3 | null | }{ | null | NaN | {{1},{3}} | {{1,2}} | {{3,7}} | {{1},{3}} | 2 | 1 | a b+?+}{+x,"y | true | false | true | true | {{1,2},{3,7},{1,2},{3,7}} | {{1,2},{3,2}} | 2 | {{1,2},{1,2}} | false | false | [1:2][1:2][1:2] | 4 | {{1,2},{3,7}} | {{1,2},{3,7}}
-- 2 | null | null | 2 | null | \ | null | {} | {1,2} | {1,2} | {} | null | null | a+b+c+NULL+\+ | false | false | true | false | [0:3]={1,2,1,2} | {{1,2},{3,0}} | 0 | {} | false | false | [1:2][0:1] | null | [0:1]={1,2} | null
-- 3 | null | null | null | null | null | null | {} | {{1,2,3},{4,5,6}} | {{1,2,3},{4,5,6}} | {} | null | 3 |  | false | false | true | false | [-1:2][2:4]={{1,2,3},{4,5,6},{1,2,3},{4,5,6}} | {{1,2},{3,-1}} | -1 | {} | false | null | [1:2][-1:0][2:4] | null | [-1:0][2:4]={{1,2,3},{4,5,6}} | null
-- 4 | null | null | null | null | null | null | null | null | null | null | null | null | null | null | null | null | null | null | {{1,2},{3,NULL}} | null | {{NULL,3},{NULL,3}} | null | null | null | null | {} | null

-- cut
UPDATE t SET k = k + 1, a = '{{2,9},{3,NULL}}' WHERE id <> 2;
UPDATE t SET b = b || b WHERE id = 1;
-- rows
-- 1 | 9 | null | null | }{ | null | NaN | {{2},{3}} | {{2,9}} | {} | {{2},{3}} | null | 1 | a b+?+}{+x,"y+a b+?+}{+x,"y | true | false | false | true | {{2,9},{3,NULL},{2,9},{3,NULL}} | {{1,2},{3,3}} | 3 | {{1,2},{1,2}} | false | false | [1:2][1:2][1:2] | null | {{2,9},{3,NULL}} | {{2,9},{3,NULL}}
-- 2 | null | null | 2 | null | \ | null | {} | {1,2} | {1,2} | {} | null | null | a+b+c+NULL+\+ | false | false | true | false | [0:3]={1,2,1,2} | {{1,2},{3,0}} | 0 | {} | false | false | [1:2][0:1] | null | [0:1]={1,2} | null
-- 3 | 9 | null | null | null | null | null | {{2},{3}} | {{2,9}} | {{2,9},{3,NULL}} | {{2},{3}} | null | 1 |  | null | false | false | true | {{2,9},{3,NULL},{2,9},{3,NULL}} | {{1,2},{3,0}} | 0 | {} | false | null | [1:2][1:2][1:2] | null | {{2,9},{3,NULL}} | null
-- 4 | 9 | null | null | null | null | null | {{2},{3}} | {{2,9}} | null | {{2},{3}} | null | 1 | null | null | false | false | true | {{2,9},{3,NULL},{2,9},{3,NULL}} | {{1,2},{3,NULL}} | null | {{NULL,3},{NULL,3}} | false | false | [1:2][1:2][1:2] | null | {{2,9},{3,NULL}} | null
