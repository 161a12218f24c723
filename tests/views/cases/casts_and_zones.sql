-- Casts to char(n), and moments made in a zone of each row.
CREATE TABLE m (id integer PRIMARY KEY, zone text, code text, y integer, n numeric(6,2), at timestamptz);
CREATE MATERIALIZED VIEW v AS
SELECT id, make_timestamptz(y, 7, 1, 12, 30, 1.5, zone) AS there, make_timestamptz(y, 1, 31, 0, 0, 59.25, 'Europe/Berlin') AS berlin,
       code::char(3) AS cut, code::char(5) || '!' AS filled, length(code::char(9)) AS length, code::char(2) = 'ab' AS same,
       n::char(4) AS number, CAST(y AS char) AS year, (code::char(4))::text || '!' AS text, date_trunc('day', at AT TIME ZONE zone) AS day
FROM m;

-- cut
INSERT INTO m VALUES (1, 'PST', 'abcd', 2024, 12.5, '2024-03-31 01:30+00'), (2, 'Europe/Berlin', 'ab ', 2023, -1.25, '2024-10-27 00:30+00'),
                     (3, NULL, NULL, 1999, NULL, NULL), (4, 'UTC+3', '', 2024, 0, '2024-01-01 00:00+00');
-- rows
-- 1 | 2024-07-01 20:30:01.5+00 | 2024-01-30 23:00:59.25+00 | abc | abcd! | 4 | true | 12.5 | 2 | abcd! | 2024-03-30 00:00:00
-- 2 | 2023-07-01 10:30:01.5+00 | 2023-01-30 23:00:59.25+00 | ab | ab! | 2 | true | -1.2 | 2 | ab! | 2024-10-27 00:00:00
-- 3 | null | 1999-01-30 23:00:59.25+00 | null | null | null | null | null | 1 | null | null
-- 4 | 2024-07-01 15:30:01.5+00 | 2024-01-30 23:00:59.25+00 |  | ! | 0 | false | 0.00 | 2 | ! | 2023-12-31 00:00:00

-- cut
UPDATE m SET zone = '+05:30', code = 'ab' WHERE id IN (1, 3);
UPDATE m SET y = 2021 WHERE id = 4;
-- rows
-- 1 | 2024-07-01 07:00:01.5+00 | 2024-01-30 23:00:59.25+00 | ab | ab! | 2 | true | 12.5 | 2 | ab! | 2024-03-30 00:00:00
-- 2 | 2023-07-01 10:30:01.5+00 | 2023-01-30 23:00:59.25+00 | ab | ab! | 2 | true | -1.2 | 2 | ab! | 2024-10-27 00:00:00
-- 3 | 1999-07-01 07:00:01.5+00 | 1999-01-30 23:00:59.25+00 | ab | ab! | 2 | true | null | 1 | ab! | null
-- 4 | 2021-07-01 15:30:01.5+00 | 2021-01-30 23:00:59.25+00 |  | ! | 0 | false | 0.00 | 2 | ! | 2023-12-31 00:00:00
