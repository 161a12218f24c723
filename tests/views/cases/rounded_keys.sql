-- Equalities between bigint or numeric and double precision round: rows of several keys belong to
-- one row around.
-- kept: full
CREATE TABLE guests (id integer PRIMARY KEY, d double precision);
CREATE TABLE stays (id integer PRIMARY KEY, b bigint, n numeric);
CREATE MATERIALIZED VIEW v AS
SELECT o.id, (SELECT count(*) FROM stays i WHERE i.b = o.d) AS n,
       (SELECT i.id FROM stays i WHERE i.n = o.d ORDER BY i.id LIMIT 1) AS first,
       EXISTS (SELECT 1 FROM stays i WHERE i.b = o.d) AS some
FROM guests o;

-- cut
INSERT INTO guests VALUES (1, 9007199254740992), (2, 0);
INSERT INTO stays VALUES (1, 9007199254740992, 9007199254740992), (2, 9007199254740993, 9007199254740993);
-- rows
-- 1 | 2 | 1 | true
-- 2 | 0 | null | false

-- cut
DELETE FROM stays WHERE id = 1;
INSERT INTO stays VALUES (3, 0, 0);
-- rows
-- 1 | 1 | 2 | true
-- 2 | 1 | 3 | true
