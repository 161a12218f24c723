-- Arrays of several dimensions taken apart into rows, grouped and joined by their elements.
-- kept: touched groups
CREATE TABLE t (id integer PRIMARY KEY, a integer[][], b text[][]);
CREATE TABLE u (k integer PRIMARY KEY, name text);
CREATE MATERIALIZED VIEW cells AS
SELECT t.id, q.place, q.e, q.w, t.a[1][1] AS corner, u.name
FROM t CROSS JOIN unnest(t.a, t.b) WITH ORDINALITY AS q(e, w, place) LEFT JOIN u ON u.k = t.a[2][1];
CREATE MATERIALIZED VIEW v AS
SELECT corner, name, count(*) AS cells, sum(e) AS sum, string_agg(w, ',' ORDER BY id, place) AS words
FROM cells WHERE corner IS NOT NULL GROUP BY corner, name;

-- cut
INSERT INTO t VALUES (1, '{{1,2},{3,NULL}}', '{{a,b},{c,d}}'), (2, '{{1,5}}', '{x}'), (3, '{}', '{{y}}'),
                     (4, NULL, NULL), (5, '[1:2][1:1]={{4},{3}}', '{{"p q"},{NULL}}');
INSERT INTO u VALUES (3, 'three'), (4, 'four');
-- rows
-- 1 | null | 2 | 6 | x
-- 1 | three | 4 | 6 | a,b,c,d
-- 4 | three | 2 | 7 | p q

-- cut
UPDATE t SET a = '{{1,2},{4,NULL}}' WHERE id = 1;
UPDATE t SET a = '{{1}}' WHERE id IN (3, 4);
-- rows
-- 1 | four | 4 | 7 | a,b,c,d
-- 1 | null | 4 | 8 | x,y
-- 4 | three | 2 | 7 | p q

-- cut
DELETE FROM u WHERE k = 3;
DELETE FROM t WHERE id = 2;
UPDATE u SET name = 'vier' WHERE k = 4;
-- rows
-- 1 | null | 2 | 2 | y
-- 1 | vier | 4 | 7 | a,b,c,d
-- 4 | null | 2 | 7 | p q
