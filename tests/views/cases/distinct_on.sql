-- DISTINCT ON takes the first row of each by an order that also names what is not selected.
-- kept: touched groups
CREATE TABLE visits (id integer PRIMARY KEY, guest text, room integer, at timestamp);
CREATE MATERIALIZED VIEW v AS
SELECT DISTINCT ON (guest) guest, room, at::date AS day FROM visits WHERE room > 0
ORDER BY guest, at DESC, id;

-- cut
INSERT INTO visits VALUES (1, 'a', 1, '2024-01-01'), (2, 'a', 2, '2024-01-03'), (3, 'b', 3, '2024-01-02'),
                          (4, NULL, 4, '2024-01-02'), (5, NULL, 5, '2024-01-02'), (6, 'a', 0, '2025-01-01');
-- rows
-- a | 2 | 2024-01-03
-- b | 3 | 2024-01-02
-- null | 4 | 2024-01-02

-- cut
DELETE FROM visits WHERE id IN (2, 3);
UPDATE visits SET at = '2024-02-01' WHERE id = 5;
-- rows
-- a | 1 | 2024-01-01
-- null | 5 | 2024-02-01

-- cut
UPDATE visits SET guest = 'b' WHERE id = 1;
-- rows
-- b | 1 | 2024-01-01
-- null | 5 | 2024-02-01
