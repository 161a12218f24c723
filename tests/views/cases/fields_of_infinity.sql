-- Fields of an infinite moment are NULL even where the moment never is; so is the local time where
-- the zone is NULL.
-- key: month
CREATE TABLE m (id integer PRIMARY KEY, at timestamptz NOT NULL, zone text, ts timestamp NOT NULL);
CREATE MATERIALIZED VIEW v AS
SELECT month, count(month) AS months, count(*) AS n, count(day) AS days, count(hour) AS hours
FROM (SELECT extract(month FROM at) AS month, date_trunc('day', at AT TIME ZONE zone) AS day,
             date_part('hour', ts) AS hour FROM m) q
GROUP BY month;

-- cut
INSERT INTO m VALUES (1, '2024-03-01 00:00+00', 'PST', 'infinity'), (2, 'infinity', NULL, '-infinity'),
                     (3, '-infinity', 'IST', '2024-01-01'), (4, '2024-03-02 00:00+00', NULL, 'infinity');
-- rows
-- 3 | 2 | 2 | 1 | 0
-- null | 0 | 2 | 1 | 1

-- cut
UPDATE m SET at = '2024-03-03 00:00+00', zone = 'Europe/Paris' WHERE id = 2;
DELETE FROM m WHERE id = 1;
-- rows
-- 3 | 2 | 2 | 1 | 0
-- null | 0 | 1 | 1 | 1
