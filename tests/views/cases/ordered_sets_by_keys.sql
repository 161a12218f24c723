-- Ordered-set aggregates of enums, in the order of their labels, and of citext, without its case.
-- kept: touched groups
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TYPE mood AS ENUM ('sad', 'so so', 'happy');
CREATE TABLE t (id integer PRIMARY KEY, g integer NOT NULL, m mood, c citext);
CREATE MATERIALIZED VIEW v AS
SELECT g, mode() WITHIN GROUP (ORDER BY m) AS mode, mode() WITHIN GROUP (ORDER BY m DESC) AS last,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY m) AS middle,
       percentile_disc(ARRAY[0.1, 0.9]) WITHIN GROUP (ORDER BY m DESC) AS some,
       lower((percentile_disc(0.5) WITHIN GROUP (ORDER BY c))::text) AS text,
       lower((mode() WITHIN GROUP (ORDER BY c))::text) AS most
FROM t GROUP BY g;

-- cut
INSERT INTO t VALUES (1, 1, 'so so', 'b'), (2, 1, 'happy', 'A'), (3, 1, 'sad', 'c'), (4, 1, 'so so', 'C'),
                     (5, 2, NULL, NULL), (6, 2, 'happy', 'x'), (7, 3, NULL, NULL);
-- rows
-- 1 | so so | so so | so so | {happy,sad} | b | c
-- 2 | happy | happy | happy | {happy,happy} | x | x
-- 3 | null | null | null | null | null | null

-- cut
UPDATE t SET m = 'happy', c = 'B' WHERE id IN (3, 5);
INSERT INTO t VALUES (8, 3, 'sad', 'Z');
-- rows
-- 1 | so so | happy | so so | {happy,"so so"} | b | b
-- 2 | happy | happy | happy | {happy,happy} | b | b
-- 3 | sad | sad | sad | {sad,sad} | z | z

-- cut
DELETE FROM t WHERE id IN (2, 6);
UPDATE t SET c = 'd' WHERE id = 4;
-- rows
-- 1 | so so | so so | so so | {happy,"so so"} | b | b
-- 2 | happy | happy | happy | {happy,happy} | b | b
-- 3 | sad | sad | sad | {sad,sad} | z | z
