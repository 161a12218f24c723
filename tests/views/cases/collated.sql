-- COLLATE "C" leaves citext without regard to case, and char(n) to the blanks at its end.
-- kept: delta
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TABLE a (id integer PRIMARY KEY, ci citext, c char(4), t text);
CREATE MATERIALIZED VIEW v AS
SELECT id, ci COLLATE "C" = 'ABC' AS ci, c COLLATE "C" = 'ab  ' AS c, t COLLATE "C" = 'ab  ' AS t,
       upper(ci COLLATE "C") AS upper, (c COLLATE "C") || '!' AS marked
FROM a;

-- cut
INSERT INTO a VALUES (1, 'abc', 'ab', 'ab'), (2, 'B', 'b', 'ab  '), (3, NULL, NULL, NULL);
-- rows
-- 1 | true | true | false | ABC | ab!
-- 2 | false | false | true | B | b!
-- 3 | null | null | null | null | null
