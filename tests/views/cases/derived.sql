-- Groups below a join and below another group, by WITH and in FROM.
CREATE TABLE transfers (id integer PRIMARY KEY, source integer, target integer, amount numeric(9,2));
CREATE MATERIALIZED VIEW v AS
WITH credits AS (SELECT target AS account, sum(amount) AS amount FROM transfers GROUP BY target),
     debits AS (SELECT source AS account, sum(amount) AS amount FROM transfers GROUP BY source)
SELECT count(*) AS accounts, sum(coalesce(c.amount, 0) - coalesce(d.amount, 0)) AS total
FROM credits c LEFT JOIN debits d ON d.account = c.account;

-- cut
INSERT INTO transfers VALUES (1, 1, 2, 10), (2, 2, 1, 4);
-- rows
-- 2 | 0.00

-- cut
INSERT INTO transfers VALUES (3, 2, 1, 1), (4, 1, 2, 7.5);
UPDATE transfers SET amount = 11 WHERE id = 1;
-- rows
-- 2 | 0.00

-- cut
DELETE FROM transfers WHERE id IN (1, 4);
-- rows
-- 1 | 5.00
