-- Types beyond numbers and text: padded text, enums, uuid, arrays, bytes, json as it was written.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE odd (id integer PRIMARY KEY, c char(4), m mood, u uuid, a integer[], b bytea, j jsonb,
                  n numeric, r real, s smallint, i interval, z time);
CREATE MATERIALIZED VIEW v AS
SELECT id, c = 'ab' AS same, length(c) AS length, c || '!' AS joined, m, m = 'ok' AS fine, u,
       u > '6f9619ff-8b86-d011-b42d-00c04fc964fe' AS later, a, j, n, r, s, z,
       json_build_object('u', u, 'a', a, 'j', j, 'm', m, 'r', r, 'z', z, 'b', b) AS inside
FROM odd;

-- cut
INSERT INTO odd VALUES (1, 'ab', 'ok', '6f9619ff-8b86-d011-b42d-00c04fc964ff', '{1,NULL,3}', '\x00ff',
                        '{"k": [1.50, null]}', 12345678901234567890.123456789012, 0.1, -3, '1 day', '10:00'),
                       (2, NULL, NULL, NULL, '{}', NULL, 'null', NULL, NULL, NULL, NULL, NULL);
-- rows
-- 1 | true | 2 | ab! | ok | true | 6f9619ff-8b86-d011-b42d-00c04fc964ff | true | {1,NULL,3} | {"k": [1.50, null]} | 12345678901234567890.123456789012 | 0.1 | -3 | 10:00:00 | {"u" : "6f9619ff-8b86-d011-b42d-00c04fc964ff", "a" : [1,null,3], "j" : {"k": [1.50, null]}, "m" : "ok", "r" : 0.1, "z" : "10:00:00", "b" : "\\x00ff"}
-- 2 | null | null | null | null | null | null | null | {} | null | null | null | null | null | {"u" : null, "a" : [], "j" : null, "m" : null, "r" : null, "z" : null, "b" : null}
