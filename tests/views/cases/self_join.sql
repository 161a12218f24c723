-- A self join: one change arrives on both sides at once.
CREATE TABLE staff (id integer PRIMARY KEY, boss integer, name text);
CREATE MATERIALIZED VIEW v AS
SELECT s.id, s.name, b.name AS boss, bb.name AS boss_of_boss
FROM staff s LEFT JOIN staff b ON b.id = s.boss LEFT JOIN staff bb ON bb.id = b.boss;

-- cut
INSERT INTO staff VALUES (1, NULL, 'Ada'), (2, 1, 'Bob'), (3, 2, 'Cy'), (4, 4, 'Own');
-- rows
-- 1 | Ada | null | null
-- 2 | Bob | Ada | null
-- 3 | Cy | Bob | Ada
-- 4 | Own | Own | Own

-- cut
UPDATE staff SET name = name || '!', boss = 1 WHERE id IN (2, 3);
-- rows
-- 1 | Ada | null | null
-- 2 | Bob! | Ada | null
-- 3 | Cy! | Ada | null
-- 4 | Own | Own | Own

-- cut
DELETE FROM staff WHERE id = 1;
UPDATE staff SET id = 5 WHERE id = 4;
-- rows
-- 2 | Bob! | null | null
-- 3 | Cy! | null | null
-- 5 | Own | null | null
