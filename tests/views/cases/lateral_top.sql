-- The two newest visits of each guest, by a comma and LATERAL with ORDER BY and LIMIT.
-- kept: touched groups
-- key: guest, visit
CREATE TABLE guests (id integer PRIMARY KEY, name text);
CREATE TABLE visits (id integer PRIMARY KEY, guest integer, at timestamp);
CREATE MATERIALIZED VIEW v AS
SELECT g.id AS guest, g.name, t.visit, t.day
FROM guests g, LATERAL (SELECT id AS visit, at::date AS day FROM visits WHERE guest = g.id
                        ORDER BY at DESC, visit LIMIT 2) t;

-- cut
INSERT INTO guests VALUES (1, 'a'), (2, 'b');
INSERT INTO visits VALUES (1, 1, '2024-01-01'), (2, 1, '2024-01-02'), (3, 1, '2024-01-03'), (4, 2, '2024-01-01'),
                          (5, 3, '2024-01-01');
-- rows
-- 1 | a | 2 | 2024-01-02
-- 1 | a | 3 | 2024-01-03
-- 2 | b | 4 | 2024-01-01

-- cut
DELETE FROM visits WHERE id = 3;
INSERT INTO visits VALUES (6, 2, '2024-01-01');
INSERT INTO visits VALUES (7, 2, '2023-01-01');
-- rows
-- 1 | a | 1 | 2024-01-01
-- 1 | a | 2 | 2024-01-02
-- 2 | b | 4 | 2024-01-01
-- 2 | b | 6 | 2024-01-01

-- cut
UPDATE guests SET id = 3 WHERE id = 1;
-- rows
-- 2 | b | 4 | 2024-01-01
-- 2 | b | 6 | 2024-01-01
-- 3 | a | 5 | 2024-01-01

-- cut
DELETE FROM visits;
-- rows
