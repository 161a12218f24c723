-- An enum in the order of its labels: comparisons, extremes, windows, LIMIT; a label comes between.
-- kept: touched groups
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE people (id integer PRIMARY KEY, g integer NOT NULL, m mood, n mood NOT NULL, a mood[]);
CREATE MATERIALIZED VIEW v AS
SELECT g, count(*) AS rows, min(m) AS low, max(m) AS high, max(n) FILTER (WHERE n < 'happy') AS some,
       count(*) FILTER (WHERE m > 'sad') AS above, count(*) FILTER (WHERE m BETWEEN 'sad' AND 'ok') AS low_ones,
       count(DISTINCT m) AS moods, array_agg(DISTINCT m)::text AS listed, array_agg(n ORDER BY n DESC, id)::text[] AS sorted,
       string_agg(m::text, ',' ORDER BY m, id) AS texts, max(greatest(m, n)) AS greatest, min(least(n, 'ok', m)) AS least,
       count(*) FILTER (WHERE m IN ('sad', 'happy')) AS extremes, count(*) FILTER (WHERE n <= ANY ('{ok}')) AS any,
       bool_or(a < '{ok,happy}') AS before, bool_or(m = 'ok'::mood) AS fine, max(coalesce(m, 'sad')) AS there,
       array_agg(CASE WHEN m >= n THEN m ELSE 'sad' END ORDER BY id)::text AS cases, bool_or(a @> '{sad}') AS holds,
       min(enum_last(m)) AS last, min(enum_range(NULL::mood)::text) AS range, array_sort(array_agg(m), true)::text AS descending, bool_and(n >= lower('OK')::mood) AS cast
FROM people GROUP BY g;

-- cut
INSERT INTO people VALUES (1, 1, 'happy', 'ok', '{sad,ok}'), (2, 1, 'sad', 'sad', NULL), (3, 1, NULL, 'happy', '{}'),
                          (4, 2, 'ok', 'happy', '{happy}'), (5, 3, NULL, 'ok', '{ok,NULL}');
-- rows
-- 1 | 3 | sad | happy | ok | 1 | 1 | 2 | {sad,happy,NULL} | {happy,ok,sad} | sad,happy | happy | sad | 2 | 2 | true | false | happy | {happy,sad,sad} | true | happy | {sad,ok,happy} | {NULL,happy,sad} | false
-- 2 | 1 | ok | ok | null | 1 | 1 | 1 | {ok} | {happy} | ok | happy | ok | 0 | 0 | false | true | ok | {sad} | false | happy | {sad,ok,happy} | {ok} | true
-- 3 | 1 | null | null | ok | 0 | 0 | 0 | {NULL} | {ok} | null | ok | ok | 0 | 1 | false | null | sad | {sad} | false | happy | {sad,ok,happy} | {NULL} | true

-- cut
UPDATE people SET m = 'ok' WHERE id IN (1, 5);
DELETE FROM people WHERE id = 2;
-- rows
-- 1 | 2 | ok | ok | ok | 1 | 1 | 1 | {ok,NULL} | {happy,ok} | ok | happy | ok | 0 | 1 | true | true | ok | {ok,sad} | true | happy | {sad,ok,happy} | {NULL,ok} | true
-- 2 | 1 | ok | ok | null | 1 | 1 | 1 | {ok} | {happy} | ok | happy | ok | 0 | 0 | false | true | ok | {sad} | false | happy | {sad,ok,happy} | {ok} | true
-- 3 | 1 | ok | ok | ok | 1 | 1 | 1 | {ok} | {ok} | ok | ok | ok | 0 | 1 | false | true | ok | {ok} | false | happy | {sad,ok,happy} | {ok} | true

-- cut
ALTER TYPE mood ADD VALUE 'calm' BEFORE 'ok';
-- rows
-- 1 | 2 | ok | ok | ok | 1 | 1 | 1 | {ok,NULL} | {happy,ok} | ok | happy | ok | 0 | 1 | true | true | ok | {ok,sad} | true | happy | {sad,calm,ok,happy} | {NULL,ok} | true
-- 2 | 1 | ok | ok | null | 1 | 1 | 1 | {ok} | {happy} | ok | happy | ok | 0 | 0 | false | true | ok | {sad} | false | happy | {sad,calm,ok,happy} | {ok} | true
-- 3 | 1 | ok | ok | ok | 1 | 1 | 1 | {ok} | {ok} | ok | ok | ok | 0 | 1 | false | true | ok | {ok} | false | happy | {sad,calm,ok,happy} | {ok} | true

-- cut
INSERT INTO people VALUES (6, 1, 'calm', 'calm', '{calm}'), (7, 2, 'calm', 'ok', '{sad,calm}'), (8, 4, 'calm', 'calm', NULL);
UPDATE people SET m = 'sad' WHERE id = 4;
-- rows
-- 1 | 3 | calm | ok | ok | 2 | 2 | 2 | {calm,ok,NULL} | {happy,ok,calm} | calm,ok | happy | calm | 0 | 2 | true | true | ok | {ok,sad,calm} | true | happy | {sad,calm,ok,happy} | {NULL,ok,calm} | false
-- 2 | 2 | sad | calm | ok | 1 | 2 | 2 | {sad,calm} | {happy,ok} | sad,calm | happy | sad | 1 | 1 | true | false | calm | {sad,sad} | true | happy | {sad,calm,ok,happy} | {calm,sad} | true
-- 3 | 1 | ok | ok | ok | 1 | 1 | 1 | {ok} | {ok} | ok | ok | ok | 0 | 1 | false | true | ok | {ok} | false | happy | {sad,calm,ok,happy} | {ok} | true
-- 4 | 1 | calm | calm | calm | 1 | 1 | 1 | {calm} | {calm} | calm | calm | calm | 0 | 1 | null | false | calm | {calm} | null | happy | {sad,calm,ok,happy} | {calm} | false

-- cut
DELETE FROM people WHERE g = 1 AND m = 'calm';
ALTER TYPE mood ADD VALUE 'furious' BEFORE 'sad';
-- rows
-- 1 | 2 | ok | ok | ok | 1 | 1 | 1 | {ok,NULL} | {happy,ok} | ok | happy | ok | 0 | 1 | true | true | ok | {ok,sad} | true | happy | {furious,sad,calm,ok,happy} | {NULL,ok} | true
-- 2 | 2 | sad | calm | ok | 1 | 2 | 2 | {sad,calm} | {happy,ok} | sad,calm | happy | sad | 1 | 1 | true | false | calm | {sad,sad} | true | happy | {furious,sad,calm,ok,happy} | {calm,sad} | true
-- 3 | 1 | ok | ok | ok | 1 | 1 | 1 | {ok} | {ok} | ok | ok | ok | 0 | 1 | false | true | ok | {ok} | false | happy | {furious,sad,calm,ok,happy} | {ok} | true
-- 4 | 1 | calm | calm | calm | 1 | 1 | 1 | {calm} | {calm} | calm | calm | calm | 0 | 1 | null | false | calm | {calm} | null | happy | {furious,sad,calm,ok,happy} | {calm} | false
