-- INTERSECT and EXCEPT, with ALL and without, of values that are equal but print differently.
-- key: word, what, x, n
CREATE EXTENSION citext;
CREATE TABLE a (id integer PRIMARY KEY, c citext, i interval, h char(4), m numeric, j jsonb, cs citext[]);
CREATE TABLE b (id integer PRIMARY KEY, c citext, i interval, h char(6), m numeric, j jsonb, cs citext[]);
CREATE MATERIALIZED VIEW v AS
SELECT word, what, x, count(*) AS n FROM (
  SELECT 'both' AS word, 'c' AS what, lower(c) AS x FROM (SELECT c FROM a INTERSECT SELECT c FROM b) q
  UNION ALL SELECT 'both', 'i', extract(epoch FROM i)::text FROM (SELECT i FROM a INTERSECT SELECT i FROM b) q
  UNION ALL SELECT 'both', 'h', h FROM (SELECT h FROM a INTERSECT SELECT h FROM b) q
  UNION ALL SELECT 'both', 'm and j', m::int || ' ' || (j ->> 0)::numeric::int
    FROM (SELECT m, j FROM a INTERSECT SELECT m, j FROM b) q
  UNION ALL SELECT 'both all', 'c', lower(c) FROM (SELECT c FROM a INTERSECT ALL SELECT c FROM b) q
  UNION ALL SELECT 'left', 'c', lower(c) FROM (SELECT c FROM a EXCEPT SELECT c FROM b) q
  UNION ALL SELECT 'left', 'i', extract(epoch FROM i)::text FROM (SELECT i FROM a EXCEPT SELECT i FROM b) q
  UNION ALL SELECT 'left', 'cs', lower(cs::text) FROM (SELECT cs FROM a EXCEPT SELECT cs FROM b) q
  UNION ALL SELECT 'left all', 'i', extract(epoch FROM i)::text FROM (SELECT i FROM a EXCEPT ALL SELECT i FROM b) q
) q GROUP BY word, what, x;

-- cut
INSERT INTO a VALUES (1, 'A', '1 mon', 'ab', 1.0, '[1.0]', '{A,b}'), (2, 'a', '30 days', 'ab  ', 1.00, '[1]', '{a,B}'),
  (3, 'B', '1 day', 'c', 2, '[2]', '{c}'), (4, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO b VALUES (1, 'a', '720:00', 'ab', 1.000, '[1.00]', '{A,B}'), (2, NULL, '24:00', 'd', 3, '[2.0]', NULL);
-- rows
-- both | c | a | 1
-- both | c | null | 1
-- both | h | ab | 1
-- both | i | 2592000.000000 | 1
-- both | i | 86400.000000 | 1
-- both | m and j | 1 1 | 1
-- both all | c | a | 1
-- both all | c | null | 1
-- left | c | b | 1
-- left | cs | {c} | 1
-- left | i | null | 1
-- left all | i | 2592000.000000 | 1
-- left all | i | null | 1

-- cut
UPDATE a SET c = 'b', i = '-1 mon' WHERE id = 2;
INSERT INTO b VALUES (3, 'b', '-30 days', 'c ', 2.0, '[2.000]', '{C}');
DELETE FROM b WHERE id = 2;
-- rows
-- both | c | a | 1
-- both | c | b | 1
-- both | h | ab | 1
-- both | h | c | 1
-- both | i | -2592000.000000 | 1
-- both | i | 2592000.000000 | 1
-- both | m and j | 1 1 | 1
-- both | m and j | 2 2 | 1
-- both all | c | a | 1
-- both all | c | b | 1
-- left | c | null | 1
-- left | cs | null | 1
-- left | i | 86400.000000 | 1
-- left | i | null | 1
-- left all | i | 86400.000000 | 1
-- left all | i | null | 1

-- cut
DELETE FROM b;
DELETE FROM a WHERE id > 2;
-- rows
-- left | c | a | 1
-- left | c | b | 1
-- left | cs | {a,b} | 1
-- left | i | -2592000.000000 | 1
-- left | i | 2592000.000000 | 1
-- left all | i | -2592000.000000 | 1
-- left all | i | 2592000.000000 | 1
