-- Text functions and operators; comparison is by code point.
CREATE TABLE words (id integer PRIMARY KEY, w text, x text);
CREATE MATERIALIZED VIEW v AS
SELECT id, upper(w) AS up, lower(w) AS low, length(w) AS length, w || '-' || id AS joined,
       substring(w FROM 2 FOR 2) AS part, substr(w, 0, 3) AS early, left(w, -1) AS most,
       right(w, 2) AS tail, trim(w) AS trimmed, replace(w, 'a', 'bb') AS replaced,
       strpos(w, 'b') AS place, split_part(w, ',', 2) AS second, coalesce(x, w, '?') AS either,
       nullif(w, 'abc') AS other, concat(w, x, id, true) AS glued, concat_ws('/', w, x) AS path,
       lpad(w, 5, '*') AS padded, w LIKE 'a%' AS starts, w LIKE 'a\%' AS literal,
       w NOT LIKE '_b_' AS not_like, w < 'b' AS less, w ~ '^[a-c]+$' AS matches,
       CASE w WHEN 'abc' THEN 1 WHEN 'Abc' THEN 2 END AS number, reverse(w) AS back,
       greatest(w, x) AS last
FROM words;

-- cut
INSERT INTO words VALUES (1, 'abc', NULL), (2, ' Äb,c ', 'z'), (3, NULL, 'x'), (4, '', 'a'),
                         (5, 'a%', '😀'), (6, 'Abc', 'é');
-- rows
-- 1 | ABC | abc | 3 | abc-1 | bc | ab | ab | bc | abc | bbbc | 2 |  | abc | null | abc1t | abc | **abc | true | false | false | true | true | 1 | cba | abc
-- 2 | ÄB,C | äb,c | 6 | Äb,c -2 | Äb | Ä | Äb,c | c | Äb,c | Äb,c | 3 | c | z | Äb,c | Äb,c z2t | Äb,c /z | Äb,c | false | false | true | true | false | null | c,bÄ | z
-- 3 | null | null | null | null | null | null | null | null | null | null | null | null | x | null | x3t | x | null | null | null | null | null | null | null | null | x
-- 4 |  |  | 0 | -4 |  |  |  |  |  |  | 0 |  | a |  | a4t | /a | ***** | false | false | true | true | false | null |  | a
-- 5 | A% | a% | 2 | a%-5 | % | a% | a | a% | a% | bb% | 0 |  | 😀 | a% | a%😀5t | a%/😀 | ***a% | true | true | true | true | false | null | %a | 😀
-- 6 | ABC | abc | 3 | Abc-6 | bc | Ab | Ab | bc | Abc | Abc | 2 |  | é | Abc | Abcé6t | Abc/é | **Abc | false | false | false | true | false | 2 | cbA | é
