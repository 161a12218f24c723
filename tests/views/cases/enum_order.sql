-- ORDER BY an enum: the first rows of a query, of a partition, and of each key; windows over it.
-- kept: full
CREATE TYPE size AS ENUM ('small', 'medium', 'large');
CREATE TABLE parcels (id integer PRIMARY KEY, s size, owner integer);
CREATE MATERIALIZED VIEW firsts AS
SELECT DISTINCT ON (owner) owner, s FROM parcels ORDER BY owner, s DESC NULLS LAST, id;
CREATE MATERIALIZED VIEW v AS
SELECT p.id, p.s, f.s AS largest, p.s = f.s AS is_largest, row_number() OVER (PARTITION BY p.owner ORDER BY p.s, p.id) AS place,
       rank() OVER (ORDER BY p.s DESC) AS rank, max(p.s) OVER (PARTITION BY p.owner) AS high, lag(p.s, 1, 'small') OVER (ORDER BY p.id) AS before
FROM parcels p JOIN firsts f ON f.owner = p.owner
ORDER BY p.s DESC, p.id LIMIT 4;

-- cut
INSERT INTO parcels VALUES (1, 'large', 1), (2, 'small', 1), (3, 'medium', 1), (4, 'medium', 2), (5, NULL, 2), (6, 'small', 3);
-- rows
-- 1 | large | large | true | 3 | 2 | large | small
-- 3 | medium | large | false | 2 | 3 | large | small
-- 4 | medium | medium | true | 1 | 3 | medium | medium
-- 5 | null | medium | null | 2 | 1 | medium | medium

-- cut
UPDATE parcels SET s = 'large' WHERE id = 6;
DELETE FROM parcels WHERE id = 1;
-- rows
-- 3 | medium | medium | true | 2 | 3 | medium | small
-- 4 | medium | medium | true | 1 | 3 | medium | medium
-- 5 | null | medium | null | 2 | 1 | medium | medium
-- 6 | large | large | true | 1 | 2 | large | null

-- cut
ALTER TYPE size ADD VALUE 'huge';
-- rows
-- 3 | medium | medium | true | 2 | 3 | medium | small
-- 4 | medium | medium | true | 1 | 3 | medium | medium
-- 5 | null | medium | null | 2 | 1 | medium | medium
-- 6 | large | large | true | 1 | 2 | large | null

-- cut
UPDATE parcels SET s = 'huge' WHERE id IN (2, 5);
-- rows
-- 2 | huge | huge | true | 2 | 1 | huge | small
-- 3 | medium | huge | false | 1 | 4 | huge | huge
-- 5 | huge | huge | true | 2 | 1 | huge | medium
-- 6 | large | large | true | 1 | 3 | large | huge
