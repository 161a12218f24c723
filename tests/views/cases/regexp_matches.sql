-- regexp_matches: the groups of the first match, or with g of each.
-- key: id, place
CREATE TABLE r (id integer PRIMARY KEY, t text);
CREATE MATERIALIZED VIEW v AS
SELECT id, place, m[1] AS word, m[2] AS number, m AS both,
       (SELECT count(*) FROM regexp_matches(t, 'no(pe|t)', 'i')) AS n
FROM r, regexp_matches(t, '([a-z]+)=([0-9]+)', 'g') WITH ORDINALITY AS f (m, place);

-- cut
INSERT INTO r VALUES (1, 'a=1, b=22,c=x'), (2, 'Not'), (3, NULL), (4, 'z=0 nope');
-- rows
-- 1 | 1 | a | 1 | {a,1} | 0
-- 1 | 2 | b | 22 | {b,22} | 0
-- 4 | 1 | z | 0 | {z,0} | 1

-- cut
UPDATE r SET t = 'b=22, NOT' WHERE id = 1;
UPDATE r SET t = 'x=1 x=1' WHERE id = 3;
-- rows
-- 1 | 1 | b | 22 | {b,22} | 1
-- 3 | 1 | x | 1 | {x,1} | 0
-- 3 | 2 | x | 1 | {x,1} | 0
-- 4 | 1 | z | 0 | {z,0} | 1
