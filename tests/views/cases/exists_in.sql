-- EXISTS, NOT EXISTS, IN and NOT IN as semi and anti joins; many rows share a key.
CREATE TABLE orders (id integer PRIMARY KEY, customer integer NOT NULL, state text);
CREATE TABLE items (id integer PRIMARY KEY, ordered integer NOT NULL, supplier integer NOT NULL,
                    late boolean NOT NULL);
CREATE TABLE banned (supplier integer PRIMARY KEY);
CREATE MATERIALIZED VIEW v AS
SELECT a.id, a.supplier FROM items a JOIN orders o ON o.id = a.ordered
WHERE o.state = 'F' AND a.late
  AND EXISTS (SELECT * FROM items b WHERE b.ordered = a.ordered AND b.supplier <> a.supplier)
  AND NOT EXISTS (SELECT * FROM items c WHERE c.ordered = a.ordered AND c.supplier <> a.supplier
                  AND c.late)
  AND a.supplier NOT IN (SELECT supplier FROM banned)
  AND a.ordered IN (SELECT ordered FROM items WHERE id < 100 GROUP BY ordered);

-- cut
INSERT INTO orders VALUES (1, 1, 'F'), (2, 1, 'F'), (3, 2, 'O');
INSERT INTO items VALUES (1, 1, 10, true), (2, 1, 11, false), (3, 2, 10, true), (4, 2, 11, true),
                         (5, 3, 10, true), (6, 3, 11, false);
-- rows
-- 1 | 10

-- cut
UPDATE items SET late = false WHERE id = 4;
UPDATE orders SET state = 'F' WHERE id = 3;
-- rows
-- 1 | 10
-- 3 | 10
-- 5 | 10

-- cut
INSERT INTO banned VALUES (10);
-- rows

-- cut
UPDATE banned SET supplier = 11;
DELETE FROM items WHERE id = 2;
UPDATE items SET id = 100 WHERE id = 6;
-- rows
-- 3 | 10
-- 5 | 10

-- cut
UPDATE items SET ordered = 1 WHERE id = 100;
DELETE FROM items WHERE id = 4;
-- rows
-- 1 | 10

-- cut
DELETE FROM items;
-- rows
