-- min and max are merged; where the extreme leaves, the group is worked out again.
CREATE TABLE flights (id integer PRIMARY KEY, origin text, delay integer, at timestamptz);
CREATE MATERIALIZED VIEW v AS
SELECT origin, min(delay) AS least, max(delay) AS worst, max(at) AS last FROM flights
GROUP BY origin;

-- cut
INSERT INTO flights VALUES (1, 'EWR', 5, '2024-01-01 00:00+00'), (2, 'EWR', 50, NULL),
                           (3, 'JFK', NULL, '2024-01-02 00:00+00');
-- rows
-- EWR | 5 | 50 | 2024-01-01 00:00:00+00
-- JFK | null | null | 2024-01-02 00:00:00+00

-- cut
UPDATE flights SET delay = 60 WHERE id = 1;
INSERT INTO flights VALUES (4, 'JFK', -3, '2024-01-01 00:00+00');
-- rows
-- EWR | 50 | 60 | 2024-01-01 00:00:00+00
-- JFK | -3 | -3 | 2024-01-02 00:00:00+00

-- cut
UPDATE flights SET delay = 10 WHERE id = 1;
DELETE FROM flights WHERE id = 3;
-- rows
-- EWR | 10 | 50 | 2024-01-01 00:00:00+00
-- JFK | -3 | -3 | 2024-01-01 00:00:00+00

-- cut
DELETE FROM flights WHERE id = 2;
UPDATE flights SET origin = 'EWR' WHERE id = 4;
-- rows
-- EWR | -3 | 10 | 2024-01-01 00:00:00+00
