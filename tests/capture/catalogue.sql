-- Changes of a table that are not in the log. Each case: its table (`t` unless said), how it is made,
-- and behind `-- then` each transaction that changes it. A case is one entry here; nothing else is needed.
-- `-- view:` gives a view to keep beside SELECT * where sinks are looked at.

-- case: a nullable column
CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
ALTER TABLE t ALTER v DROP NOT NULL;
-- then
INSERT INTO t VALUES (3);

-- case: columns that may be NULL from now on (table members)
-- view: SELECT team, count(*) AS members, count(email) AS reachable FROM members GROUP BY team
CREATE TABLE members (id int PRIMARY KEY, team text NOT NULL, email text NOT NULL);
INSERT INTO members VALUES (1, 'red', 'a@x'), (2, 'red', 'b@x');
-- then
ALTER TABLE members ALTER email DROP NOT NULL, ALTER team DROP NOT NULL;
INSERT INTO members VALUES (3, 'red', NULL), (4, NULL, 'd@x');
-- then
INSERT INTO members VALUES (5, NULL, 'e@x');

-- case: a column dropped and added again
-- view: SELECT note, count(*) AS rows, min(id) AS first FROM t GROUP BY note
CREATE TABLE t (id int PRIMARY KEY, note text);
INSERT INTO t VALUES (1, 'old'), (2, 'old');
-- then
ALTER TABLE t DROP note;
-- then
ALTER TABLE t ADD note text;
-- then
INSERT INTO t VALUES (3, 'new');

-- case: dropped and added again, no row since
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
ALTER TABLE t DROP v;
-- then
ALTER TABLE t ADD v int;

-- case: a default for older rows, dropped at once
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
BEGIN;
ALTER TABLE t ADD seats int DEFAULT 5;
ALTER TABLE t ALTER seats DROP DEFAULT;
COMMIT;
-- then
INSERT INTO t VALUES (3, 30, 9);

-- case: a domain with a default
CREATE DOMAIN five AS int DEFAULT 5;
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
ALTER TABLE t ADD seats five;

-- case: a default, then another rewrite
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
ALTER TABLE t ADD seats int DEFAULT 5;
-- then
VACUUM FULL t;
-- then
ALTER TABLE t ALTER seats DROP DEFAULT;

-- case: a wider type by an expression
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
ALTER TABLE t ALTER v TYPE bigint USING v * 10;

-- case: the same type by an expression
-- view: SELECT v % 3 AS rest, count(*) AS rows, sum(v) AS total FROM t GROUP BY v % 3
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
ALTER TABLE t ALTER v TYPE int USING v * 10;

-- case: forth and back
-- view: SELECT v % 3 AS rest, count(*) AS rows, sum(v) AS total FROM t GROUP BY v % 3
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
ALTER TABLE t ALTER v TYPE bigint USING v * 10;
-- then
ALTER TABLE t ALTER v TYPE int USING v + 1;

-- case: two columns swap names
-- view: SELECT a, count(*) AS rows, max(b) AS last FROM t GROUP BY a
CREATE TABLE t (id int PRIMARY KEY, a text, b text);
INSERT INTO t VALUES (1, 'a', 'b');
-- then
BEGIN;
ALTER TABLE t RENAME a TO c;
ALTER TABLE t RENAME b TO a;
ALTER TABLE t RENAME c TO b;
COMMIT;
-- then
INSERT INTO t VALUES (2, 'b2', 'a2');

-- case: expand and contract
-- view: SELECT v, count(*) AS rows, min(id) AS first FROM t GROUP BY v
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
ALTER TABLE t ADD v_new numeric(8, 2);
-- then
UPDATE t SET v_new = v / 4.0;
-- then
BEGIN;
ALTER TABLE t DROP v;
ALTER TABLE t RENAME v_new TO v;
COMMIT;
-- then
INSERT INTO t VALUES (3, 7.5);

-- case: a label renamed
-- view: SELECT m, count(*) AS rows, min(id) AS first FROM t GROUP BY m
CREATE TYPE mood AS ENUM ('bad', 'good');
CREATE TABLE t (id int PRIMARY KEY, m mood);
INSERT INTO t VALUES (1, 'bad'), (2, 'good');
-- then
ALTER TYPE mood RENAME VALUE 'bad' TO 'poor';
-- then
INSERT INTO t VALUES (3, 'poor');

-- case: a label renamed inside an array, a domain and a composite
CREATE TYPE mood AS ENUM ('bad', 'good');
CREATE DOMAIN moody AS mood;
CREATE TYPE pair AS (m moody, n int);
CREATE TABLE t (id int PRIMARY KEY, a mood[], p pair);
INSERT INTO t VALUES (1, '{bad,good}', '(bad,1)');
-- then
ALTER TYPE mood RENAME VALUE 'bad' TO 'poor';

-- case: a field added to a composite
CREATE TYPE pair AS (x int, y text);
CREATE TABLE t (id int PRIMARY KEY, p pair);
INSERT INTO t VALUES (1, '(1,a)');
-- then
ALTER TYPE pair ADD ATTRIBUTE z int;

-- case: a rewritten table
-- view: SELECT v % 3 AS rest, count(*) AS rows, sum(v) AS total FROM t GROUP BY v % 3
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
VACUUM FULL t;
-- then
UPDATE t SET v = 3 WHERE id = 1;
-- then
CLUSTER t USING t_pkey;

-- case: truncated and filled
-- view: SELECT v % 3 AS rest, count(*) AS rows, sum(v) AS total FROM t GROUP BY v % 3
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
TRUNCATE t;
-- then
INSERT INTO t VALUES (9, 9);

-- case: made anew
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
DROP TABLE t;
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (5, 5);

-- case: renamed away, another in its place
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
CREATE TABLE t2 (id int PRIMARY KEY, v int);
INSERT INTO t2 VALUES (7, 7);
-- then
BEGIN;
ALTER TABLE t RENAME TO t_old;
ALTER TABLE t2 RENAME TO t;
COMMIT;
-- then
UPDATE t SET v = 8;

-- case: another key
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
ALTER TABLE t DROP CONSTRAINT t_pkey, ALTER v SET NOT NULL, ADD PRIMARY KEY (v);
-- then
UPDATE t SET v = 11 WHERE id = 1;

-- case: identity NOTHING, repaired
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
ALTER TABLE t REPLICA IDENTITY NOTHING;
-- then
INSERT INTO t VALUES (3, 3);
-- then
ALTER TABLE t REPLICA IDENTITY DEFAULT;
-- then
DELETE FROM t WHERE id = 1;

-- case: a partition dropped (table sales)
-- view: SELECT day, count(*) AS rows, sum(n) AS total FROM sales GROUP BY day
CREATE TABLE sales (id int, day date, n int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE sales_1 PARTITION OF sales FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE sales_2 PARTITION OF sales FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO sales SELECT i, date '2026-01-01' + i % 50, i FROM generate_series(1, 500) i;
-- then
DROP TABLE sales_2;

-- case: a partition truncated (table sales)
-- view: SELECT day, count(*) AS rows, sum(n) AS total FROM sales GROUP BY day
CREATE TABLE sales (id int, day date, n int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE sales_1 PARTITION OF sales FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE sales_2 PARTITION OF sales FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO sales SELECT i, date '2026-01-01' + i % 50, i FROM generate_series(1, 500) i;
-- then
TRUNCATE sales_1;

-- case: a partition attached (table sales)
-- view: SELECT day, count(*) AS rows, sum(n) AS total FROM sales GROUP BY day
CREATE TABLE sales (id int, day date, n int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE sales_1 PARTITION OF sales FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE sales_2 PARTITION OF sales FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO sales SELECT i, date '2026-01-01' + i % 50, i FROM generate_series(1, 500) i;
-- then
CREATE TABLE sales_3 (LIKE sales INCLUDING ALL);
INSERT INTO sales_3 SELECT i, date '2026-03-01' + i % 30, i FROM generate_series(1000, 1100) i;
-- then
ALTER TABLE sales ATTACH PARTITION sales_3 FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
-- then
UPDATE sales SET n = 0 WHERE id = 1000;

-- case: a partition detached (table sales)
-- view: SELECT day, count(*) AS rows, sum(n) AS total FROM sales GROUP BY day
CREATE TABLE sales (id int, day date, n int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE sales_1 PARTITION OF sales FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE sales_2 PARTITION OF sales FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO sales SELECT i, date '2026-01-01' + i % 50, i FROM generate_series(1, 500) i;
-- then
ALTER TABLE sales DETACH PARTITION sales_1;

-- case: detached concurrently (table sales)
-- view: SELECT day, count(*) AS rows, sum(n) AS total FROM sales GROUP BY day
CREATE TABLE sales (id int, day date, n int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE sales_1 PARTITION OF sales FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE sales_2 PARTITION OF sales FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO sales SELECT i, date '2026-01-01' + i % 50, i FROM generate_series(1, 500) i;
-- then
ALTER TABLE sales DETACH PARTITION sales_1 CONCURRENTLY;

-- case: detached, changed and attached again (table sales)
-- view: SELECT day, count(*) AS rows, sum(n) AS total FROM sales GROUP BY day
CREATE TABLE sales (id int, day date, n int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE sales_1 PARTITION OF sales FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE sales_2 PARTITION OF sales FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO sales SELECT i, date '2026-01-01' + i % 50, i FROM generate_series(1, 500) i;
-- then
ALTER TABLE sales DETACH PARTITION sales_1;
-- then
DELETE FROM sales_1 WHERE id % 2 = 0;
-- then
ALTER TABLE sales ATTACH PARTITION sales_1 FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');

-- case: a new partition (table sales)
-- view: SELECT day, count(*) AS rows, sum(n) AS total FROM sales GROUP BY day
CREATE TABLE sales (id int, day date, n int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE sales_1 PARTITION OF sales FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE sales_2 PARTITION OF sales FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO sales SELECT i, date '2026-01-01' + i % 50, i FROM generate_series(1, 500) i;
-- then
CREATE TABLE sales_3 PARTITION OF sales FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
-- then
INSERT INTO sales VALUES (2000, '2026-03-05', 1);

-- case: a partitioned table retyped (table sales)
-- view: SELECT day, count(*) AS rows, sum(n) AS total FROM sales GROUP BY day
CREATE TABLE sales (id int, day date, n int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE sales_1 PARTITION OF sales FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE sales_2 PARTITION OF sales FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO sales SELECT i, date '2026-01-01' + i % 50, i FROM generate_series(1, 500) i;
-- then
ALTER TABLE sales ALTER n TYPE bigint USING n * 2;

-- case: a generated column (PostgreSQL 18 publishes it), given another expression
CREATE TABLE t (id int PRIMARY KEY, v int, w int GENERATED ALWAYS AS (v * 2) STORED);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
UPDATE t SET v = 11 WHERE id = 1;
-- then
ALTER TABLE t ALTER w SET EXPRESSION AS (v * 3);
-- then
ALTER TABLE t ADD x int GENERATED ALWAYS AS (id + 1) STORED;
-- then
INSERT INTO t (id, v) VALUES (3, 30);

-- case: an identity column added
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
ALTER TABLE t ADD n int GENERATED ALWAYS AS IDENTITY;

-- case: an enum's label added in the middle, and a type of text widened
-- view: SELECT id % 2 AS half, max(m) AS best, min(m) AS worst, count(*) FILTER (WHERE m < 'good') AS low FROM t GROUP BY id % 2
CREATE TYPE mood AS ENUM ('bad', 'good');
CREATE TABLE t (id int PRIMARY KEY, m mood, s varchar(4));
INSERT INTO t VALUES (1, 'bad', 'abcd'), (2, 'good', 'x');
-- then
ALTER TYPE mood ADD VALUE 'fair' BEFORE 'good';
-- then
ALTER TABLE t ALTER s TYPE varchar(9);
-- then
INSERT INTO t VALUES (3, 'fair', 'abcdefghi');

-- case: partitions below partitions, one taken out of the middle
-- view: SELECT a, b, count(*) AS rows, sum(id) AS ids FROM t GROUP BY a, b
CREATE TABLE t (id int, a int, b int, PRIMARY KEY (id, a, b)) PARTITION BY LIST (a);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1) PARTITION BY LIST (b);
CREATE TABLE t_1_1 PARTITION OF t_1 FOR VALUES IN (1);
CREATE TABLE t_1_2 PARTITION OF t_1 FOR VALUES IN (2);
CREATE TABLE t_2 PARTITION OF t DEFAULT;
INSERT INTO t SELECT i, 1 + i % 2, 1 + i % 2 FROM generate_series(1, 40) i;
INSERT INTO t VALUES (2, 1, 2);
-- then
ALTER TABLE t DETACH PARTITION t_1;
-- then
DELETE FROM t_1_2;
-- then
ALTER TABLE t ATTACH PARTITION t_1 FOR VALUES IN (1);

-- case: a row moves between partitions
-- view: SELECT a, count(*) AS rows, sum(id) AS ids FROM t GROUP BY a
CREATE TABLE t (id int, a int, PRIMARY KEY (id, a)) PARTITION BY LIST (a);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1);
CREATE TABLE t_2 PARTITION OF t FOR VALUES IN (2);
INSERT INTO t VALUES (1, 1), (2, 1), (3, 2);
-- then
UPDATE t SET a = 2 WHERE id = 1;

-- case: the schema renamed and renamed back
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
-- then
DO $$ BEGIN EXECUTE format('ALTER SCHEMA %I RENAME TO away', current_schema()); END $$;
-- then
UPDATE away.t SET v = 11 WHERE id = 1;
-- then
DO $$ BEGIN EXECUTE format('ALTER SCHEMA away RENAME TO %I', current_setting('search_path')); END $$;

-- case: a migration in one transaction
-- view: SELECT w % 2 AS rest, count(*) AS rows, sum(w) AS total FROM t GROUP BY w % 2
CREATE TABLE t (id int PRIMARY KEY, v int, w int);
INSERT INTO t VALUES (1, 10, 1), (2, 20, 2);
-- then
BEGIN;
ALTER TABLE t ADD x int;
UPDATE t SET x = v * 2, w = w + 1;
ALTER TABLE t ALTER x SET NOT NULL, ALTER w TYPE int USING w * 3;
UPDATE t SET x = x + 1 WHERE id = 1;
COMMIT;
