-- character(n) with other texts: the type is the first one's, and the blanks count only as text
-- kept: touched groups
-- key: id, met
CREATE TABLE t (id int PRIMARY KEY, c char(4), v varchar(6));
CREATE MATERIALIZED VIEW v AS
SELECT a.id, a.v || '.' AS first, b.id AS met, coalesce(a.v, b.c) || '.' AS v,
  octet_length(coalesce(b.c, a.v)) AS c, rank() OVER (PARTITION BY a.c ORDER BY b.c) AS r,
  max(b.c) OVER (PARTITION BY a.v) AS most
FROM t a JOIN (SELECT id, v AS c FROM t WHERE id < 0 UNION SELECT id, c FROM t
               UNION SELECT -id, v FROM t) b ON a.c = b.c;

-- cut
INSERT INTO t VALUES (1, 'a', 'a '), (2, 'a', 'b'), (3, '  c', '  c  '), (4, NULL, 'x'), (5, '', '  ');
-- rows
-- 1 | a . | -1 | a . | 2 | 5 | a
-- 1 | a . | 1 | a . | 1 | 1 | a
-- 1 | a . | 2 | a . | 1 | 1 | a
-- 2 | b. | -1 | b. | 2 | 5 | a
-- 2 | b. | 1 | b. | 1 | 1 | a
-- 2 | b. | 2 | b. | 1 | 1 | a
-- 3 | c  . | -3 | c  . | 5 | 2 | c
-- 3 | c  . | 3 | c  . | 3 | 1 | c
-- 5 | . | -5 | . | 2 | 2 | 
-- 5 | . | 5 | . | 0 | 1 | 

-- cut
UPDATE t SET v = 'a  ' WHERE id = 2;
UPDATE t SET c = 'b' WHERE id = 1;
-- rows
-- 1 | a . | 1 | a . | 1 | 1 | b
-- 2 | a  . | -1 | a  . | 2 | 2 | a
-- 2 | a  . | -2 | a  . | 3 | 3 | a
-- 2 | a  . | 2 | a  . | 1 | 1 | a
-- 3 | c  . | -3 | c  . | 5 | 2 | c
-- 3 | c  . | 3 | c  . | 3 | 1 | c
-- 5 | . | -5 | . | 2 | 2 | 
-- 5 | . | 5 | . | 0 | 1 | 

-- cut
DELETE FROM t WHERE id <> 3;
-- rows
-- 3 | c  . | -3 | c  . | 5 | 2 | c
-- 3 | c  . | 3 | c  . | 3 | 1 | c

-- cut
DELETE FROM t;
-- rows
