-- Grouping sets by values that may be equal and print differently.
-- kept: delta
-- key: ci, span, level
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TABLE a (id integer PRIMARY KEY, ci citext, iv interval);
CREATE MATERIALIZED VIEW v AS
SELECT lower(ci) AS ci, justify_interval(iv) AS span, grouping(ci, iv) AS level, count(*) AS n
FROM a GROUP BY CUBE (ci, iv);

-- cut
INSERT INTO a VALUES (1, 'abc', '1 mon'), (2, 'ABC', '30 days'), (3, 'b', NULL);
-- rows
-- abc | P1M | 0 | 2
-- b | null | 0 | 1
-- abc | null | 1 | 2
-- b | null | 1 | 1
-- null | P1M | 2 | 2
-- null | null | 2 | 1
-- null | null | 3 | 3

-- cut
UPDATE a SET ci = 'B', iv = '24:00' WHERE id = 1;
DELETE FROM a WHERE id = 3;
-- rows
-- abc | P1M | 0 | 1
-- b | P1D | 0 | 1
-- abc | null | 1 | 1
-- b | null | 1 | 1
-- null | P1M | 2 | 1
-- null | P1D | 2 | 1
-- null | null | 3 | 2
