-- Collected values: in the order asked for, NULLs where asked for, each once with DISTINCT.
-- kept: touched groups
CREATE TABLE c (id integer PRIMARY KEY, g integer, i integer, n numeric(8,2), w text, at date, b boolean);
CREATE MATERIALIZED VIEW v AS
SELECT g, array_agg(i ORDER BY i DESC NULLS LAST, id) AS down, array_agg(w ORDER BY w NULLS FIRST, id DESC) AS words,
       array_agg(DISTINCT i ORDER BY i DESC) AS once, array_agg(n ORDER BY id) FILTER (WHERE i > 1) AS some,
       string_agg(DISTINCT w, '+' ORDER BY w DESC) AS text_once, string_agg(w, '' ORDER BY b, id) AS text,
       json_agg(DISTINCT i) AS json_once, jsonb_agg(at ORDER BY at DESC NULLS LAST, id) AS dates,
       any_value(w) FILTER (WHERE id = 1) AS one, array_agg(DISTINCT b) AS flags
FROM c GROUP BY g;

-- cut
INSERT INTO c VALUES (1, 1, 2, 1.50, 'b', '2024-02-29', true), (2, 1, NULL, 2, NULL, NULL, NULL),
                     (3, 1, 2, 3, 'a', '2024-01-01', false), (4, NULL, 1, 1, 'x"y', NULL, NULL);
-- rows
-- 1 | {2,2,NULL} | {NULL,a,b} | {NULL,2} | {1.50,3.00} | b+a | ab | [2, null] | ["2024-02-29", "2024-01-01", null] | b | {f,t,NULL}
-- null | {1} | {"x\"y"} | {1} | null | x"y | x"y | [1] | [null] | null | {NULL}

-- cut
UPDATE c SET i = 9, w = 'é' WHERE id = 2;
INSERT INTO c VALUES (5, 2, NULL, NULL, NULL, NULL, NULL);
-- rows
-- 1 | {9,2,2} | {a,b,é} | {9,2} | {1.50,2.00,3.00} | é+b+a | abé | [2, 9] | ["2024-02-29", "2024-01-01", null] | b | {f,t,NULL}
-- 2 | {NULL} | {NULL} | {NULL} | null | null | null | [null] | [null] | null | {NULL}
-- null | {1} | {"x\"y"} | {1} | null | x"y | x"y | [1] | [null] | null | {NULL}

-- cut
UPDATE c SET g = 2 WHERE id IN (1, 4);
-- rows
-- 1 | {9,2} | {a,é} | {9,2} | {2.00,3.00} | é+a | aé | [2, 9] | ["2024-01-01", null] | null | {f,NULL}
-- 2 | {2,1,NULL} | {NULL,b,"x\"y"} | {NULL,2,1} | {1.50} | x"y+b | bx"y | [1, 2, null] | ["2024-02-29", null, null] | b | {t,NULL}

-- cut
DELETE FROM c WHERE g = 2;
-- rows
-- 1 | {9,2} | {a,é} | {9,2} | {2.00,3.00} | é+a | aé | [2, 9] | ["2024-01-01", null] | null | {f,NULL}
