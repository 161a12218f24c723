-- A group compared to the whole, and nested SELECTs several deep.
CREATE TABLE stock (id integer PRIMARY KEY, part integer, supplier integer, value integer);
CREATE TABLE parts (part integer PRIMARY KEY, name text);
CREATE MATERIALIZED VIEW v AS
SELECT part, sum(value) AS value, (SELECT name FROM parts p WHERE p.part = s.part) AS name
FROM stock s
WHERE supplier IN (SELECT supplier FROM stock i WHERE i.part IN
                   (SELECT part FROM parts WHERE name LIKE 'f%')
                   AND i.value > (SELECT 0.5 * avg(value) FROM stock j WHERE j.part = i.part))
GROUP BY part HAVING sum(value) > (SELECT sum(value) * 0.3 FROM stock);

-- cut
INSERT INTO parts VALUES (1, 'f1'), (2, 'g2');
INSERT INTO stock VALUES (1, 1, 10, 60), (2, 1, 11, 10), (3, 2, 10, 50), (4, 2, 11, 20);
-- rows
-- 1 | 60 | f1
-- 2 | 50 | g2

-- cut
UPDATE stock SET value = 59 WHERE id = 2;
-- rows
-- 1 | 119 | f1
-- 2 | 70 | g2

-- cut
UPDATE parts SET name = 'x1' WHERE part = 1;
-- rows

-- cut
UPDATE parts SET name = 'f2' WHERE part = 2;
DELETE FROM stock WHERE id = 4;
-- rows
-- 1 | 60 | x1
