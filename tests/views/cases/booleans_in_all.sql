-- A total of booleans is a count: maintained by deltas.
CREATE TABLE f (id integer PRIMARY KEY, b boolean);
CREATE MATERIALIZED VIEW v AS
SELECT bool_and(b) AS all_true, bool_or(b) AS any_true, every(b) FILTER (WHERE id > 1) AS later FROM f;

-- cut
-- rows
-- null | null | null

-- cut
INSERT INTO f VALUES (1, true), (2, NULL);
-- rows
-- true | true | null

-- cut
INSERT INTO f VALUES (3, false);
UPDATE f SET b = NULL WHERE id = 1;
-- rows
-- false | false | false

-- cut
DELETE FROM f;
-- rows
-- null | null | null
