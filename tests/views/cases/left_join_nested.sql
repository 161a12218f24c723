-- A document with what belongs to it nested inside; what is missing is null, not left out.
CREATE TABLE airlines (carrier text PRIMARY KEY, name text);
CREATE TABLE planes (tailnum text PRIMARY KEY, year integer, seats integer);
CREATE TABLE flights (id integer PRIMARY KEY, carrier text, tailnum text, at timestamptz,
                      delay numeric(6,1));
CREATE MATERIALIZED VIEW v AS
SELECT f.id, a.name AS airline,
       json_build_object('at', f.at, 'delay', f.delay, 'plane',
                         json_build_object('year', p.year, 'seats', p.seats)) AS document
FROM flights f LEFT JOIN airlines a ON a.carrier = f.carrier
LEFT JOIN planes p ON p.tailnum = f.tailnum;

-- cut
INSERT INTO airlines VALUES ('UA', 'United'), ('B6', E'Jet "Blue"\n');
INSERT INTO planes VALUES ('N1', 1999, 55);
INSERT INTO flights VALUES (1, 'UA', 'N1', '2013-01-01 10:00+00', 2.5),
                           (2, 'UA', NULL, '2013-01-01 11:30:00.25+00', NULL),
                           (3, 'XX', 'N2', NULL, -1);
-- rows
-- 1 | United | {"at" : "2013-01-01T10:00:00+00:00", "delay" : 2.5, "plane" : {"year" : 1999, "seats" : 55}}
-- 2 | United | {"at" : "2013-01-01T11:30:00.25+00:00", "delay" : null, "plane" : {"year" : null, "seats" : null}}
-- 3 | null | {"at" : null, "delay" : -1.0, "plane" : {"year" : null, "seats" : null}}

-- cut
UPDATE airlines SET name = 'United Airlines' WHERE carrier = 'UA';
INSERT INTO planes VALUES ('N2', NULL, 180);
-- rows
-- 1 | United Airlines | {"at" : "2013-01-01T10:00:00+00:00", "delay" : 2.5, "plane" : {"year" : 1999, "seats" : 55}}
-- 2 | United Airlines | {"at" : "2013-01-01T11:30:00.25+00:00", "delay" : null, "plane" : {"year" : null, "seats" : null}}
-- 3 | null | {"at" : null, "delay" : -1.0, "plane" : {"year" : null, "seats" : 180}}

-- cut
DELETE FROM planes WHERE tailnum = 'N1';
UPDATE flights SET carrier = 'B6' WHERE id = 1;
DELETE FROM flights WHERE id = 2;
-- rows
-- 1 | Jet "Blue"\n | {"at" : "2013-01-01T10:00:00+00:00", "delay" : 2.5, "plane" : {"year" : null, "seats" : null}}
-- 3 | null | {"at" : null, "delay" : -1.0, "plane" : {"year" : null, "seats" : 180}}
