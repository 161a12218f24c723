-- A group enters and leaves by HAVING.
CREATE TABLE hits (id integer PRIMARY KEY, page text);
CREATE MATERIALIZED VIEW v AS
SELECT upper(page) AS page, count(*) FROM hits GROUP BY upper(page) HAVING count(*) > 1;

-- cut
INSERT INTO hits VALUES (1, 'a'), (2, 'A'), (3, 'b');
-- rows
-- A | 2

-- cut
INSERT INTO hits VALUES (4, 'B');
DELETE FROM hits WHERE id = 1;
-- rows
-- B | 2
