-- A group's constant: a position in the list may stand for it, the constant itself may not.
CREATE TABLE payments (id integer PRIMARY KEY, amount numeric(9,2));
CREATE MATERIALIZED VIEW v AS
SELECT 'all' AS name, count(*) AS payments, sum(amount) AS amount FROM payments GROUP BY 1;

-- rows

-- cut
INSERT INTO payments VALUES (1, 10), (2, 4);
-- rows
-- all | 2 | 14.00

-- cut
DELETE FROM payments;
-- rows
