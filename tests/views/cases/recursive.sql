-- A tree walked by WITH RECURSIVE, joined with what is maintained by deltas.
-- kept: full
-- key: id
CREATE TABLE parts (id integer PRIMARY KEY, parent integer, price numeric(9,2));
CREATE MATERIALIZED VIEW v AS
WITH RECURSIVE tree (id, root, depth) AS (
  SELECT id, id, 0 FROM parts WHERE parent IS NULL
  UNION ALL
  SELECT p.id, t.root, t.depth + 1 FROM parts p JOIN tree t ON p.parent = t.id
), totals AS (SELECT root, sum(price) AS total FROM tree JOIN parts USING (id) GROUP BY root)
SELECT t.id, t.root, t.depth, s.total FROM tree t JOIN totals s ON s.root = t.root;

-- cut
INSERT INTO parts VALUES (1, NULL, 1), (2, 1, 2), (3, 2, 4), (4, NULL, 8), (5, 9, 16);
-- rows
-- 1 | 1 | 0 | 7.00
-- 2 | 1 | 1 | 7.00
-- 3 | 1 | 2 | 7.00
-- 4 | 4 | 0 | 8.00

-- cut
UPDATE parts SET parent = 4 WHERE id = 2;
-- rows
-- 1 | 1 | 0 | 1.00
-- 2 | 4 | 1 | 14.00
-- 3 | 4 | 2 | 14.00
-- 4 | 4 | 0 | 14.00

-- cut
INSERT INTO parts VALUES (9, 3, 32);
DELETE FROM parts WHERE id = 4;
-- rows
-- 1 | 1 | 0 | 1.00

-- cut
UPDATE parts SET parent = NULL WHERE id = 9;
-- rows
-- 1 | 1 | 0 | 1.00
-- 5 | 9 | 1 | 48.00
-- 9 | 9 | 0 | 48.00
