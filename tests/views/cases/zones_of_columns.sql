-- Zones from a column: regions, abbreviations, POSIX specifications; those without one are NULL.
CREATE TABLE m (id integer PRIMARY KEY, at timestamptz NOT NULL, zone text);
CREATE MATERIALIZED VIEW v AS
SELECT date_trunc('day', at AT TIME ZONE zone) AS day, count(*) AS n FROM m GROUP BY 1;

-- cut
INSERT INTO m VALUES (1, '2024-07-01 06:30+00', 'PST'), (2, '2024-07-01 06:30+00', 'America/Los_Angeles'),
                     (3, '2024-07-01 22:30+00', 'IST'), (4, '2024-07-01 22:30+00', NULL),
                     (5, '2024-07-01 22:30+00', 'GMT+8'), (6, '2024-07-01 22:30+00', '-08'),
                     (8, '2024-07-01 22:30+00', NULL);
-- rows
-- 2024-06-30 00:00:00 | 2
-- 2024-07-01 00:00:00 | 1
-- 2024-07-02 00:00:00 | 2
-- null | 2

-- cut
UPDATE m SET zone = 'utc' WHERE id IN (4, 6);
-- rows
-- 2024-06-30 00:00:00 | 2
-- 2024-07-01 00:00:00 | 3
-- 2024-07-02 00:00:00 | 1
-- null | 1
