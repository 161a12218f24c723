-- A collected list over everything is in the order of its window, though its frame is everything.
-- kept: touched groups
CREATE TABLE a (id integer PRIMARY KEY, k integer, t text);
CREATE MATERIALIZED VIEW v AS
SELECT id,
  string_agg(t, ',') OVER (ORDER BY k DESC NULLS LAST, id DESC
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS falling,
  array_agg(id) OVER (ORDER BY k NULLS FIRST, t
    RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS rising
FROM a;

-- cut
INSERT INTO a VALUES (1, 1, 'a'), (2, NULL, 'b'), (3, 2, 'c');
-- rows
-- 1 | c,a,b | {2,1,3}
-- 2 | c,a,b | {2,1,3}
-- 3 | c,a,b | {2,1,3}

-- cut
UPDATE a SET k = 3 WHERE id = 1;
DELETE FROM a WHERE id = 2;
-- rows
-- 1 | a,c | {3,1}
-- 3 | a,c | {3,1}
