-- Without GROUP BY there is one row, over an empty table too; a constant total emits nothing.
CREATE TABLE accounts (id integer PRIMARY KEY, balance numeric(14,2) NOT NULL);
CREATE MATERIALIZED VIEW v AS SELECT count(*) AS accounts, sum(balance) AS total FROM accounts;

-- cut
-- rows
-- 0 | null

-- cut
INSERT INTO accounts VALUES (1, 100), (2, -100);
-- rows
-- 2 | 0.00

-- cut
UPDATE accounts SET balance = balance - 30 WHERE id = 1;
UPDATE accounts SET balance = balance + 30 WHERE id = 2;
-- rows
-- 2 | 0.00

-- cut
DELETE FROM accounts;
-- rows
-- 0 | null
