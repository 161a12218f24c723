-- Intervals: captured as text, computed with, compared with a month of 30 days.
CREATE TABLE spans (id integer PRIMARY KEY, i interval, at timestamp, d date);
CREATE MATERIALIZED VIEW v AS
SELECT id, at + i AS later, d - interval '90' day AS before, i > interval '29 days' AS long,
       extract(epoch FROM i) AS seconds, age(at, '2024-02-29') < '1 day' AS young, at - i * 2 AS twice,
       (justify_interval(i) = i) AS same, to_char(at, 'FMDD Mon YYYY, HH12:MI AM') AS shown
FROM spans WHERE i IS NOT NULL;

-- cut
INSERT INTO spans VALUES (1, '1 month', '2024-01-31', '1998-12-01'), (2, '30 days', '2024-03-31 12:30', NULL),
                         (3, NULL, '2024-01-01', NULL), (4, '-1 day 25:00:00.5', NULL, '2024-02-29');
-- rows
-- 1 | 2024-02-29 00:00:00 | 1998-09-02 00:00:00 | true | 2592000.000000 | true | 2023-11-30 00:00:00 | true | 31 Jan 2024, 12:00 AM
-- 2 | 2024-04-30 12:30:00 | null | true | 2592000.000000 | false | 2024-01-31 12:30:00 | true | 31 Mar 2024, 12:30 PM
-- 4 | null | 2023-12-01 00:00:00 | false | 3600.500000 | null | null | true | null

-- cut
UPDATE spans SET i = '1 month' WHERE id = 2;
DELETE FROM spans WHERE id = 1;
-- rows
-- 2 | 2024-04-30 12:30:00 | null | true | 2592000.000000 | false | 2024-01-31 12:30:00 | true | 31 Mar 2024, 12:30 PM
-- 4 | null | 2023-12-01 00:00:00 | false | 3600.500000 | null | null | true | null
