-- A LIMIT is recomputed.
-- kept: touched groups
CREATE TABLE scores (id integer PRIMARY KEY, points integer);
CREATE MATERIALIZED VIEW v AS SELECT id, points FROM scores ORDER BY points DESC NULLS LAST, id LIMIT 2;

-- cut
INSERT INTO scores VALUES (1, 5), (2, 7), (3, NULL);
-- rows
-- 1 | 5
-- 2 | 7

-- cut
UPDATE scores SET points = 6 WHERE id = 3;
-- rows
-- 2 | 7
-- 3 | 6
