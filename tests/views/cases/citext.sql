-- citext: letters of either case are equal in =, IN, GROUP BY, DISTINCT, joins, extremes and patterns.
-- kept: full
-- key: id
CREATE EXTENSION citext;
CREATE TABLE users (id integer PRIMARY KEY, name citext NOT NULL, mail citext, note text, tags citext[]);
CREATE TABLE logins (id integer PRIMARY KEY, mail citext, name text);
CREATE MATERIALIZED VIEW groups AS
SELECT lower(name) AS name, count(*) AS rows, count(DISTINCT mail) AS mails, lower(min(mail)) AS low, lower(max(mail)) AS high
FROM users GROUP BY name;
CREATE MATERIALIZED VIEW v AS
SELECT u.id, u.name, u.name = 'ada' AS same, u.name = u.note AS by_text, u.name IN ('ADA', 'bob') AS listed,
       u.name = ANY ('{ADA,x}') AS any, u.name = ANY (ARRAY['ADA']) AS any_text, u.name <> u.mail AS differs,
       u.name < 'B' AS before, u.name BETWEEN 'a' AND 'c' AS between, u.name LIKE 'a%' AS "like", u.name NOT LIKE u.note AS unlike,
       u.note LIKE u.name AS of_text, u.name ~ '^A' AS matches, u.name !~ 'd' AS other, u.name SIMILAR TO 'a(da|nn)' AS similar,
       starts_with(u.name, 'a') AS starts, strpos(u.name, 'D') AS strpos, position('D' IN u.name) AS position,
       replace(u.name, 'D', '-') AS replaced, split_part(u.name, 'D', 2) AS part, split_part(u.name, 'D', 9) AS no_part,
       translate(u.name, 'aB', 'xy') AS translated, regexp_replace(u.name, 'A', 'o', 'g') AS regexp,
       regexp_match(u.name, '(D.*)') AS match, regexp_split_to_array(u.name, 'D') AS split, upper(u.name) AS upper,
       u.name || '!' AS joined, coalesce(u.mail, 'None') AS mail, coalesce(u.mail, u.note) AS either, nullif(u.name, 'ADA') AS nulled,
       greatest(u.name, 'Bob') AS greatest, u.name IS DISTINCT FROM u.mail AS is_other, u.tags = '{ADA,b}' AS tags, u.tags @> ARRAY['B'::citext] AS holds,
       CASE u.name WHEN 'ADA' THEN 1 ELSE 2 END AS cased, g.rows, g.mails, g.low, g.high, l.id AS login,
       row_number() OVER (PARTITION BY u.name ORDER BY u.mail DESC, u.id) AS place, (SELECT count(*) FROM logins x WHERE x.mail = u.mail) AS count,
       u.mail IN (SELECT mail FROM logins) AS there, u.note IN (SELECT mail FROM logins) AS there_as_text
FROM users u JOIN groups g ON g.name = lower(u.name) LEFT JOIN logins l ON l.mail = u.mail;

-- cut
INSERT INTO users VALUES (1, 'Ada', 'ADA@x', 'ada', '{Ada,B}'), (2, 'ADA', 'ada@X', 'ADA', '{ada}'), (3, 'bob', NULL, 'bob', NULL),
                         (4, 'ÄDA', 'bob@x', '%', '{}'), (5, 'Anna', 'anna@x', 'A%', '{NULL,b}');
INSERT INTO logins VALUES (1, 'ada@x', 'ada'), (2, 'Bob@x', 'Bob'), (3, NULL, 'x');
-- rows
-- 1 | Ada | true | false | true | true | false | true | true | true | true | false | false | true | false | true | false | 2 | 0 | A-a | a | null | xdx | odo | {da} | {A,a} | ADA | Ada! | ADA@x | ADA@x | null | Bob | true | true | true | 1 | 2 | 1 | ada@x | ada@x | 1 | 1 | 1 | true | null
-- 2 | ADA | true | true | true | true | true | true | true | true | true | false | true | true | false | true | false | 2 | 2 | A-A | A | null | xDx | oDo | {DA} | {A,A} | ADA | ADA! | ada@X | ada@X | null | Bob | true | false | false | 1 | 2 | 1 | ada@x | ada@x | 1 | 2 | 1 | true | null
-- 3 | bob | false | true | true | false | false | null | false | true | false | false | true | false | true | false | false | 0 | 0 | bob | null | null | yoy | bob | null | {bob} | BOB | bob! | None | bob | bob | bob | true | null | null | 2 | 1 | 0 | null | null | null | 1 | 0 | null | null
-- 4 | ÄDA | false | false | false | false | false | true | false | false | false | false | false | false | false | false | false | 2 | 2 | Ä-A | A | null | ÄDx | ÄDo | {DA} | {Ä,A} | ÄDA | ÄDA! | bob@x | bob@x | ÄDA | ÄDA | true | false | false | 2 | 1 | 1 | bob@x | bob@x | 2 | 1 | 1 | true | null
-- 5 | Anna | false | false | false | false | false | true | true | true | true | false | false | true | true | false | false | 0 | 0 | Anna | null | null | xnnx | onno | null | {Anna} | ANNA | Anna! | anna@x | anna@x | Anna | Bob | true | false | true | 2 | 1 | 1 | anna@x | anna@x | null | 1 | 0 | null | null

-- cut
UPDATE users SET name = 'ADA', mail = 'Bob@X' WHERE id IN (1, 3);
INSERT INTO logins VALUES (4, 'ANNA@X', 'anna');
DELETE FROM logins WHERE id = 1;
-- rows
-- 1 | ADA | true | false | true | true | true | true | true | true | true | false | false | true | false | true | false | 2 | 2 | A-A | A | null | xDx | oDo | {DA} | {A,A} | ADA | ADA! | Bob@X | Bob@X | null | Bob | true | true | true | 1 | 3 | 2 | ada@x | bob@x | 2 | 1 | 1 | true | null
-- 2 | ADA | true | true | true | true | true | true | true | true | true | false | true | true | false | true | false | 2 | 2 | A-A | A | null | xDx | oDo | {DA} | {A,A} | ADA | ADA! | ada@X | ada@X | null | Bob | true | false | false | 1 | 3 | 2 | ada@x | bob@x | null | 3 | 0 | null | null
-- 3 | ADA | true | false | true | true | true | true | true | true | true | true | false | true | false | true | false | 2 | 2 | A-A | A | null | xDx | oDo | {DA} | {A,A} | ADA | ADA! | Bob@X | Bob@X | null | Bob | true | null | null | 1 | 3 | 2 | ada@x | bob@x | 2 | 2 | 1 | true | null
-- 4 | ÄDA | false | false | false | false | false | true | false | false | false | false | false | false | false | false | false | 2 | 2 | Ä-A | A | null | ÄDx | ÄDo | {DA} | {Ä,A} | ÄDA | ÄDA! | bob@x | bob@x | ÄDA | ÄDA | true | false | false | 2 | 1 | 1 | bob@x | bob@x | 2 | 1 | 1 | true | null
-- 5 | Anna | false | false | false | false | false | true | true | true | true | false | false | true | true | false | false | 0 | 0 | Anna | null | null | xnnx | onno | null | {Anna} | ANNA | Anna! | anna@x | anna@x | Anna | Bob | true | false | true | 2 | 1 | 1 | anna@x | anna@x | 4 | 1 | 1 | true | null

-- cut
DELETE FROM users WHERE id IN (2, 4);
UPDATE users SET name = 'ada' WHERE id = 5;
-- rows
-- 1 | ADA | true | false | true | true | true | true | true | true | true | false | false | true | false | true | false | 2 | 2 | A-A | A | null | xDx | oDo | {DA} | {A,A} | ADA | ADA! | Bob@X | Bob@X | null | Bob | true | true | true | 1 | 3 | 2 | anna@x | bob@x | 2 | 1 | 1 | true | null
-- 3 | ADA | true | false | true | true | true | true | true | true | true | true | false | true | false | true | false | 2 | 2 | A-A | A | null | xDx | oDo | {DA} | {A,A} | ADA | ADA! | Bob@X | Bob@X | null | Bob | true | null | null | 1 | 3 | 2 | anna@x | bob@x | 2 | 2 | 1 | true | null
-- 5 | ada | true | false | true | true | false | true | true | true | true | false | false | true | false | true | true | 2 | 0 | a-a | a | null | xdx | odo | {da} | {a,a} | ADA | ada! | anna@x | anna@x | null | Bob | true | false | true | 1 | 3 | 2 | anna@x | bob@x | 4 | 3 | 1 | true | null
