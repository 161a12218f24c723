-- Dates and times in UTC.
CREATE TABLE moments (id integer PRIMARY KEY, at timestamptz, plain timestamp, day date);
CREATE MATERIALIZED VIEW v AS
SELECT id, date(at) AS of_at, at::date AS cast_day, date_trunc('month', at) AS month,
       date_trunc('week', plain) AS week, extract(year FROM at) AS year,
       extract(dow FROM day) AS weekday, extract(epoch FROM at) AS epoch,
       extract(second FROM plain) AS second, day + 1 AS next, day - date '2024-01-01' AS days,
       plain + interval '1 day' AS later, to_char(at, 'YYYY-MM-DD HH24:MI:SS') AS shown,
       json_build_object('at', at, 'plain', plain, 'day', day) AS inside, at < '2024-06-01' AS old,
       at AT TIME ZONE 'UTC' AS local, day::timestamp AS midnight, at::text AS as_text
FROM moments;

-- cut
INSERT INTO moments VALUES (1, '2024-02-29 23:59:59.5+01', '2024-02-29 12:00:00.123456', '2024-12-31'),
                           (2, NULL, NULL, NULL),
                           (3, '1999-12-31 00:00+00', '1969-07-20 20:17:40', '1970-01-01');
-- rows
-- 1 | 2024-02-29 | 2024-02-29 | 2024-02-01 00:00:00+00 | 2024-02-26 00:00:00 | 2024 | 2 | 1709247599.500000 | 0.123456 | 2025-01-01 | 365 | 2024-03-01 12:00:00.123456 | 2024-02-29 22:59:59 | {"at" : "2024-02-29T22:59:59.5+00:00", "plain" : "2024-02-29T12:00:00.123456", "day" : "2024-12-31"} | true | 2024-02-29 22:59:59.5 | 2024-12-31 00:00:00 | 2024-02-29 22:59:59.5+00
-- 2 | null | null | null | null | null | null | null | null | null | null | null | null | {"at" : null, "plain" : null, "day" : null} | null | null | null | null
-- 3 | 1999-12-31 | 1999-12-31 | 1999-12-01 00:00:00+00 | 1969-07-14 00:00:00 | 1999 | 4 | 946598400.000000 | 40.000000 | 1970-01-02 | -19723 | 1969-07-21 20:17:40 | 1999-12-31 00:00:00 | {"at" : "1999-12-31T00:00:00+00:00", "plain" : "1969-07-20T20:17:40", "day" : "1970-01-01"} | true | 1999-12-31 00:00:00 | 1970-01-01 00:00:00 | 1999-12-31 00:00:00+00
