"""A table of values that functions like to get wrong: NULLs, extremes, empty and odd texts, signs,
leap days, ends of years and of daylight saving time."""

CREATE = """
CREATE TABLE nasty (
    id integer PRIMARY KEY, i integer, b bigint, s smallint, n numeric(12,3), u numeric,
    f double precision, r real, t text, v character varying(20), c char(5), o boolean, d date,
    ts timestamp, tz timestamptz, tm time, iv interval, j json, jb jsonb, ai integer[], at text[]
)
"""

ROWS = r"""
INSERT INTO nasty VALUES
(1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
 NULL, NULL, NULL, NULL),
(2, 0, 0, 0, 0, 0, 0, 0, '', '', '', false, '1970-01-01', '1970-01-01', '1970-01-01 00:00+00',
 '00:00', '0', 'null', 'null', '{}', '{}'),
(3, 7, 3000000000, -3, 2.500, 1.5, 0.1, 0.1, 'Hello World', 'abc', 'ab', true, '2024-02-29',
 '2024-02-29 23:59:59.999999', '2024-03-31 00:59:59.5+00', '23:59:59.999999',
 '1 year 2 mons 3 days 04:05:06.7',
 '{"a": 1, "b": {"c": [1, 2.50, "x"]}, "k": "v", "n": null}',
 '{"a": 1, "b": {"c": [1, 2.50, "x"]}, "k": "v", "n": null, "t": true}', '{1,NULL,3}',
 '{a,"b c",NULL,""}'),
(4, -2147483648, -9223372036854775808, -32768, -999999999.999, -0.000001, -1e300, -1e30,
 'ÄÖÜ ß é 日本', 'x_y%z', 'a b', true, '1999-12-31', '1999-12-31 23:59:59.5',
 '1999-12-31 23:59:59.5+00', '12:00:00.5', '-1 year -2 mons +3 days -04:05:06.7',
 '[1, -2, "three", {"four": 4}, null]', '[1, -2, "three", {"four": 4}, null]', '{-1}',
 '{"a\"b\\c"}'),
(5, 2147483647, 9223372036854775807, 32767, 999999999.999, 12345678901234567890.123456789,
 1e22, 1e10, '  12  ', '12', '12', false, '2000-12-31', '2000-12-31 12:30:00',
 '2024-10-27 01:30+00',
 '01:02:03', '1 mon', '"text"', '"text"', '{1,2,3,2,1}', '{x,y,z}'),
(6, -7, -5, 5, -2.500, -1.005, -0.5, 2.5, E'tab\there\nline', 'a.b.c', 'zz', false, '0001-01-01',
 '0001-01-01 00:00:00', '0044-03-15 12:00+00', '06:30', '30 days', '12.50', '12.50',
 '{NULL}', '{NULL}'),
(7, 12, 100, 2, 0.001, 100, 2.5, 1234567, 'a,b,,c', '-3.7', 'abcde', true, '2024-12-30',
 '2024-12-30 00:00:00', '2024-12-30 00:00:00+00', '10:11:12.25', '-00:00:01.5',
 '{"a": {"a": "q\"u"}}',
 '{"a": {"a": "q\"u"}, "z": [], "l": [1, 1.0, 10.00], "é": "ü"}', '{100,-100}',
 '{"{}","NULL",b}'),
(8, 1, -1, 1, 1.005, 1e-10, 1e-5, 1e-7, 'abcABC123', 'true', 't', true, '2023-01-01',
 '2023-01-01 01:01:01.1', '2023-06-15 13:45:30.123456+02', '00:00:00.000001', '100 days 25:00:00',
 'true', 'true', '{2147483647,-2147483648}', '{abc}')
"""
