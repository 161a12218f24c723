-- Positions, aliases, expressions, columns that a key determines; HAVING with other aggregates.
-- kept: touched groups
CREATE TABLE u (id integer PRIMARY KEY, name text, born date);
CREATE TABLE o (id integer PRIMARY KEY, user_id integer, amount numeric(8,2));
CREATE MATERIALIZED VIEW v AS
SELECT u.id, upper(u.name) AS name, extract(year FROM u.born) AS year, count(o.id) AS orders,
       coalesce(sum(o.amount), 0) AS total, bool_or(o.amount > 10) AS large,
       min(o.amount) AS least
FROM u LEFT JOIN o ON o.user_id = u.id
GROUP BY 1, u.born
HAVING max(o.amount) IS NULL OR avg(o.amount) > 2 OR string_agg(o.id::text, ',') = '9';

-- cut
INSERT INTO u VALUES (1, 'ann', '1990-05-01'), (2, NULL, NULL), (3, 'cy', '2000-01-01');
INSERT INTO o VALUES (1, 1, 20), (2, 1, 1), (3, 3, 1), (4, NULL, 99);
-- rows
-- 1 | ANN | 1990 | 2 | 21.00 | true | 1.00
-- 2 | null | null | 0 | 0 | null | null

-- cut
UPDATE o SET user_id = 2 WHERE id = 1;
UPDATE u SET name = 'bob' WHERE id = 2;
-- rows
-- 2 | BOB | null | 1 | 20.00 | true | 20.00

-- cut
DELETE FROM o WHERE user_id = 3;
DELETE FROM u WHERE id = 1;
INSERT INTO u VALUES (1, 'eve', NULL);
-- rows
-- 2 | BOB | null | 1 | 20.00 | true | 20.00
-- 3 | CY | 2000 | 0 | 0 | null | null

-- cut
DELETE FROM u;
-- rows
