-- Ranks over everything of which only the first are read are worked out of the first rows.
-- key: what, id
-- kept: full
CREATE TABLE a (id integer PRIMARY KEY, k integer, x double precision);
CREATE MATERIALIZED VIEW v AS
SELECT 'rank' AS what, id, r, k FROM (SELECT id, k, rank() OVER (ORDER BY k) AS r FROM a) s
WHERE r <= 2
UNION ALL
SELECT 'dense', id, r, k FROM (SELECT id, k, dense_rank() OVER (ORDER BY k DESC, x) AS r FROM a) s
WHERE r < 3
UNION ALL
SELECT 'number', id, r, k FROM (SELECT id, k, row_number() OVER (ORDER BY k, id) AS r FROM a) s
WHERE 3 = r AND k > 1
UNION ALL
SELECT 'both', id, r, d FROM (SELECT id, rank() OVER (ORDER BY k) AS r,
    dense_rank() OVER (ORDER BY k) AS d, row_number() OVER (ORDER BY k, id) AS n FROM a) s
WHERE n <= 3 AND r BETWEEN 1 AND 4
UNION ALL
SELECT 'nothing', id, r, k FROM (SELECT id, k, rank() OVER (ORDER BY k) AS r FROM a) s WHERE r < 1
UNION ALL
SELECT 'other', id, r, c FROM (SELECT id, rank() OVER (ORDER BY k) AS r,
    count(*) OVER (ORDER BY k) AS c FROM a) s WHERE r <= 2;

-- cut
INSERT INTO a VALUES (1, 1, 0), (2, NULL, 1), (3, 3, 'NaN'), (4, 2, NULL), (5, 1, 0);
-- rows
-- both | 1 | 1 | 1
-- both | 4 | 3 | 2
-- both | 5 | 1 | 1
-- dense | 2 | 1 | null
-- dense | 3 | 2 | 3
-- number | 4 | 3 | 2
-- other | 1 | 1 | 2
-- other | 5 | 1 | 2
-- rank | 1 | 1 | 1
-- rank | 5 | 1 | 1

-- cut
INSERT INTO a VALUES (6, 1, 5), (7, NULL, '-0'), (8, NULL, 0), (9, 3, 'NaN');
-- rows
-- both | 1 | 1 | 1
-- both | 5 | 1 | 1
-- both | 6 | 1 | 1
-- dense | 2 | 2 | null
-- dense | 7 | 1 | null
-- dense | 8 | 1 | null
-- other | 1 | 1 | 3
-- other | 5 | 1 | 3
-- other | 6 | 1 | 3
-- rank | 1 | 1 | 1
-- rank | 5 | 1 | 1
-- rank | 6 | 1 | 1

-- cut
DELETE FROM a WHERE id IN (1, 2, 7);
-- rows
-- both | 4 | 3 | 2
-- both | 5 | 1 | 1
-- both | 6 | 1 | 1
-- dense | 3 | 2 | 3
-- dense | 8 | 1 | null
-- dense | 9 | 2 | 3
-- number | 4 | 3 | 2
-- other | 5 | 1 | 2
-- other | 6 | 1 | 2
-- rank | 5 | 1 | 1
-- rank | 6 | 1 | 1

-- cut
UPDATE a SET k = 4;
-- rows
-- both | 3 | 1 | 1
-- both | 4 | 1 | 1
-- both | 5 | 1 | 1
-- dense | 5 | 1 | 4
-- dense | 6 | 2 | 4
-- dense | 8 | 1 | 4
-- number | 5 | 3 | 4
-- other | 3 | 1 | 6
-- other | 4 | 1 | 6
-- other | 5 | 1 | 6
-- other | 6 | 1 | 6
-- other | 8 | 1 | 6
-- other | 9 | 1 | 6
-- rank | 3 | 1 | 4
-- rank | 4 | 1 | 4
-- rank | 5 | 1 | 4
-- rank | 6 | 1 | 4
-- rank | 8 | 1 | 4
-- rank | 9 | 1 | 4

-- cut
DELETE FROM a WHERE id < 9;
-- rows
-- both | 9 | 1 | 1
-- dense | 9 | 1 | 4
-- other | 9 | 1 | 1
-- rank | 9 | 1 | 4

-- cut
DELETE FROM a;
-- rows
