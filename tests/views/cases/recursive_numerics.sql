-- In a recursive query numerics without a declared size are of one type, however they are computed.
-- kept: full
-- key: id, depth
CREATE TABLE parts (id integer PRIMARY KEY, parent integer, price numeric(9,2), factor numeric);
CREATE MATERIALIZED VIEW v AS
WITH RECURSIVE tree (id, depth, total, share, one) AS (
  SELECT id, 0, price::numeric, factor, 1.0 FROM parts WHERE parent IS NULL
  UNION ALL
  SELECT p.id, t.depth + 1, t.total + p.price, t.share * p.factor, t.one / 2
  FROM parts p JOIN tree t ON p.parent = t.id
)
SELECT id, depth, total, share, one FROM tree;

-- cut
INSERT INTO parts VALUES (1, NULL, 1, 0.5), (2, 1, 2.25, 0.1), (3, 2, 4, 12345678901234567890.123456789);
-- rows
-- 1 | 0 | 1.00 | 0.5 | 1.0
-- 2 | 1 | 3.25 | 0.05 | 0.50000000000000000000
-- 3 | 2 | 7.25 | 617283945061728394.50617283945 | 0.25000000000000000000

-- cut
UPDATE parts SET price = NULL WHERE id = 2;
-- rows
-- 1 | 0 | 1.00 | 0.5 | 1.0
-- 2 | 1 | null | 0.05 | 0.50000000000000000000
-- 3 | 2 | null | 617283945061728394.50617283945 | 0.25000000000000000000
