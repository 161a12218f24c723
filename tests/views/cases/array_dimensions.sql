-- Arrays that are declared with several dimensions: shown as PostgreSQL does, compared, and measured.
-- key: a
CREATE TABLE grids (id integer PRIMARY KEY, a integer[][], t text[][], d date[][]);
CREATE TABLE names (id integer PRIMARY KEY, a integer[][], name text);
CREATE MATERIALIZED VIEW sized AS
SELECT id, a, t, d::text AS days, t::text AS text, array_ndims(a) AS ndims, array_dims(a) AS dims, array_length(a, 1) AS one, array_length(a, 2) AS two,
       array_lower(a, 1) AS low, array_upper(a, 1) AS high, array_upper(t, 2) AS high_two, cardinality(a) AS cells,
       cardinality(t) AS texts, array_dims(t) AS text_dims, array_length(t, 3) AS three, a = '{ {1,2}, {3, NULL} }' AS same, t <> '{{"a b",null}}' AS differs,
       a IS NULL AS absent, coalesce(a, '{}') AS there
FROM grids;
CREATE MATERIALIZED VIEW v AS
SELECT s.a::text AS a, count(*) AS rows, max(s.dims) AS dims, max(s.cells) AS cells, max(n.name) AS name, max(s.two) AS two, max(s.low) AS low,
       max(s.high) AS high, max(s.texts) AS texts, max(s.text_dims) AS text_dims, max(s.three) AS three, bool_or(s.same) AS same,
       bool_and(s.differs) AS differs, max(s.text) AS text, max(s.there::text) AS there, max(s.days) AS days, max(s.high_two) AS high_two, max(s.ndims) AS ndims, max(s.one) AS one
FROM sized s LEFT JOIN names n ON n.a = s.a GROUP BY s.a;

-- cut
INSERT INTO grids VALUES (1, '{{1,2},{3,NULL}}', '{{"a b",NULL},{"}{","x,\"y"}}', '{{2024-01-31,infinity}}'), (2, '[0:1]={1,2}', '{{{a},{b}},{{c},{"NULL"}},{{"\\"},{""}}}', NULL),
                         (3, '{}', '{}', '{}'), (4, NULL, NULL, NULL), (5, '{1,2,3}', '{a,"=","[0:1]={"}', NULL);
INSERT INTO names VALUES (1, '{{1,2},{3,NULL}}', 'square'), (2, '{1,2}', 'plain'), (3, '{1,2,3}', 'three');
-- rows
-- [0:1]={1,2} | 1 | [0:1] | 2 | null | null | 0 | 1 | 6 | [1:3][1:2][1:1] | 1 | false | true | {{{a},{b}},{{c},{"NULL"}},{{"\\"},{""}}} | [0:1]={1,2} | null | 2 | 1 | 2
-- null | 1 | null | null | null | null | null | null | null | null | null | null | null | null | {} | null | null | null | null
-- {1,2,3} | 1 | [1:3] | 3 | three | null | 1 | 3 | 3 | [1:3] | null | false | true | {a,=,"[0:1]={"} | {1,2,3} | null | null | 1 | 3
-- {{1,2},{3,NULL}} | 1 | [1:2][1:2] | 4 | square | 2 | 1 | 2 | 4 | [1:2][1:2] | null | true | true | {{"a b",NULL},{"}{","x,\"y"}} | {{1,2},{3,NULL}} | {{2024-01-31,infinity}} | 2 | 2 | 2
-- {} | 1 | null | 0 | null | null | null | null | 0 | null | null | false | true | {} | {} | {} | null | null | null

-- cut
UPDATE grids SET a = '[-1:0][2:4]={{1,2,3},{4,5,6}}' WHERE id = 3;
UPDATE grids SET a = '{{1,2},{3,NULL}}', t = '{{"a b",NULL}}' WHERE id = 4;
DELETE FROM grids WHERE id = 5;
INSERT INTO names VALUES (4, '[0:1]={1,2}', 'from zero');
-- rows
-- [-1:0][2:4]={{1,2,3},{4,5,6}} | 1 | [-1:0][2:4] | 6 | null | 3 | -1 | 0 | 0 | null | null | false | true | {} | [-1:0][2:4]={{1,2,3},{4,5,6}} | {} | null | 2 | 2
-- [0:1]={1,2} | 1 | [0:1] | 2 | from zero | null | 0 | 1 | 6 | [1:3][1:2][1:1] | 1 | false | true | {{{a},{b}},{{c},{"NULL"}},{{"\\"},{""}}} | [0:1]={1,2} | null | 2 | 1 | 2
-- {{1,2},{3,NULL}} | 2 | [1:2][1:2] | 4 | square | 2 | 1 | 2 | 4 | [1:2][1:2] | null | true | false | {{"a b",NULL}} | {{1,2},{3,NULL}} | {{2024-01-31,infinity}} | 2 | 2 | 2
