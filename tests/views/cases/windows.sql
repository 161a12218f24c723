-- What has no delta rule is recomputed, and only its differences are emitted.
-- kept: touched groups
-- key: id
CREATE TABLE scores (id integer PRIMARY KEY, team text, points integer);
CREATE MATERIALIZED VIEW v AS
SELECT id, team, points, rank() OVER (PARTITION BY team ORDER BY points DESC) AS place
FROM scores WHERE EXISTS (SELECT 1 FROM scores o WHERE o.team = scores.team AND o.id <> scores.id);

-- cut
INSERT INTO scores VALUES (1, 'a', 5), (2, 'a', 7), (3, 'a', 7), (4, 'b', 1);
-- rows
-- 1 | a | 5 | 3
-- 2 | a | 7 | 1
-- 3 | a | 7 | 1

-- cut
UPDATE scores SET points = 9 WHERE id = 1;
INSERT INTO scores VALUES (5, 'b', 0);
-- rows
-- 1 | a | 9 | 1
-- 2 | a | 7 | 2
-- 3 | a | 7 | 2
-- 4 | b | 1 | 1
-- 5 | b | 0 | 2
