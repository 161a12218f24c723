-- A nested SELECT's aggregate alone makes the query around one group.
-- kept: touched groups
-- key:
CREATE TABLE x (id integer PRIMARY KEY, n integer);
CREATE TABLE z (id integer PRIMARY KEY);
CREATE MATERIALIZED VIEW v AS
SELECT (SELECT sum(x.n) FROM z LIMIT 1) AS total, EXISTS (SELECT count(x.n) FROM z) AS some FROM x;

-- cut
INSERT INTO x VALUES (1, 2), (2, 3);
-- rows
-- null | false

-- cut
INSERT INTO z VALUES (1), (2);
-- rows
-- 5 | true

-- cut
DELETE FROM x WHERE id = 1;
-- rows
-- 3 | true
