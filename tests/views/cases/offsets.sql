-- LIMIT behind an OFFSET, with ties too, and an OFFSET alone are maintained by deltas.
-- key: what, id
-- kept: touched groups
CREATE TABLE a (id integer PRIMARY KEY, k integer);
CREATE MATERIALIZED VIEW v AS
(SELECT 'page' AS what, id, k FROM a ORDER BY k DESC NULLS LAST, id LIMIT 2 OFFSET 2)
UNION ALL
(SELECT 'ties', id, k FROM a ORDER BY k, id / 2 OFFSET 1 FETCH FIRST 2 ROWS WITH TIES)
UNION ALL
(SELECT 'none', id, k FROM a ORDER BY k OFFSET 1 FETCH FIRST 0 ROWS WITH TIES)
UNION ALL
(SELECT 'rest', id, k FROM a ORDER BY k, id OFFSET 3)
UNION ALL
(SELECT 'far', id, k FROM a ORDER BY k, id LIMIT 5 OFFSET 100);

-- cut
INSERT INTO a VALUES (1, 1), (2, NULL), (3, 3), (4, 2), (5, 2);
-- rows
-- page | 1 | 1
-- page | 5 | 2
-- rest | 2 | null
-- rest | 3 | 3
-- ties | 4 | 2
-- ties | 5 | 2

-- cut
INSERT INTO a VALUES (6, 2), (7, 9), (8, NULL);
-- rows
-- page | 4 | 2
-- page | 5 | 2
-- rest | 2 | null
-- rest | 3 | 3
-- rest | 6 | 2
-- rest | 7 | 9
-- rest | 8 | null
-- ties | 4 | 2
-- ties | 5 | 2

-- cut
DELETE FROM a WHERE id IN (3, 5);
-- rows
-- page | 1 | 1
-- page | 6 | 2
-- rest | 2 | null
-- rest | 7 | 9
-- rest | 8 | null
-- ties | 4 | 2
-- ties | 6 | 2

-- cut
UPDATE a SET k = 2;
-- rows
-- page | 4 | 2
-- page | 6 | 2
-- rest | 6 | 2
-- rest | 7 | 2
-- rest | 8 | 2
-- ties | 2 | 2
-- ties | 4 | 2

-- cut
DELETE FROM a WHERE id < 7;
-- rows
-- ties | 8 | 2

-- cut
DELETE FROM a;
-- rows
