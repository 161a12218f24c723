-- citext: DISTINCT, UNION and LIMIT take letters of either case for one another.
-- kept: full
-- key: name
CREATE EXTENSION citext;
CREATE TABLE names (id integer PRIMARY KEY, name citext, t text);
CREATE MATERIALIZED VIEW united AS
SELECT DISTINCT name FROM names UNION SELECT t::citext FROM names;
CREATE MATERIALIZED VIEW firsts AS
SELECT DISTINCT ON (name) id, name FROM names ORDER BY name, id;
CREATE MATERIALIZED VIEW v AS
SELECT lower(u.name) AS name, f.id, (SELECT count(*) FROM united w WHERE w.name < u.name) AS before
FROM united u LEFT JOIN firsts f ON f.name = u.name ORDER BY u.name NULLS FIRST LIMIT 3;

-- cut
INSERT INTO names VALUES (1, 'b', 'B'), (2, 'B', 'a'), (3, 'C', 'c'), (4, NULL, 'D'), (5, 'aa', NULL);
-- rows
-- a | null | 0
-- aa | 5 | 1
-- null | null | 0

-- cut
UPDATE names SET name = 'A' WHERE id = 1;
DELETE FROM names WHERE id = 4;
-- rows
-- a | 1 | 0
-- aa | 5 | 1
-- null | null | 0
