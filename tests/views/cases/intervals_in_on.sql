-- a query that gives an interval, within ON of an outer join
-- kept: delta
CREATE TABLE r (id integer PRIMARY KEY, n integer, iv interval);
CREATE TABLE s (id integer PRIMARY KEY, n integer);
-- key: s, r
CREATE MATERIALIZED VIEW longest AS
SELECT s.id AS s, r.id AS r, r.iv
FROM s RIGHT JOIN r ON s.n = r.n AND r.iv >= (SELECT max(z.iv) FROM r z WHERE z.id < 3);
-- cut
INSERT INTO r VALUES (1, 1, '1 day'), (2, 1, '1 mon'), (3, 1, '30 days'), (4, 1, NULL), (5, 2, '1 year');
INSERT INTO s VALUES (1, 1), (2, 2), (3, NULL);
-- rows
-- 1 | 2 | P1M
-- 1 | 3 | P30D
-- 2 | 5 | P1Y
-- null | 1 | P1D
-- null | 4 | null
