-- regexp_split_to_table: the parts between the matches, each a row with its place.
-- key: id, place
CREATE TABLE r (id integer PRIMARY KEY, t text);
CREATE MATERIALIZED VIEW v AS
SELECT id, place, part FROM r, regexp_split_to_table(t, '[ ,]') WITH ORDINALITY AS f (part, place);

-- cut
INSERT INTO r VALUES (1, 'a,b c'), (2, ''), (3, NULL);
-- rows
-- 1 | 1 | a
-- 1 | 2 | b
-- 1 | 3 | c
-- 2 | 1 |

-- cut
UPDATE r SET t = 'x,,' WHERE id = 1;
-- rows
-- 1 | 1 | x
-- 1 | 2 |
-- 1 | 3 |
-- 2 | 1 |
