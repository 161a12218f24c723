select id, x similar to 'a' from t
select id, a ^ b from t
select id, not f from t
select id, x ~~ 'a' from t
select id, x !~~ 'a' from t
select id, x ~~* 'a' from t
select id, array[1,2] from t
select id, arr[1] from t
select id, arr[1:2] from t
select id, arr[:2] from t
select id, arr[1:] from t
select id, arr[:] from t
select id, cast(x as int) from t
select id, x::int4 from t
select id, x::int8 from t
select id, x::float4 from t
select id, x::float8 from t
select id, x::float from t
select id, x::float(3) from t
select id, x::double precision from t
select id, x::decimal(3,1) from t
select id, x::bool from t
select id, x::integer from t
select id, x::timestamptz from t
select id, x::timestamp with time zone from t
select id, x::timestamp(3) from t
select id, x:: int from t
select id, x ::int from t
select id, x::int::text from t
select id, date(x) from t
select id, interval '1' day from t
select id, interval '1 day' from t
select id from t fetch first 5 rows only
select id from t fetch next 5 rows only
select id from t fetch first row only
select id from t offset 5
select id from t offset 5 rows
select id from t offset 5 rows fetch next 5 rows only
select id from t limit 5 offset 5
select id from t offset 5 limit 5
select id from t limit all
select id from t limit (select 3)
select id from t limit 2+3
select id, cast(x as double precision) from t
select id, x as string, a as int64, b as double from t
select id, a as select from t
select id, a user from t
select id, a as user from t
select id, a as day from t
select id, a "year" from t
select id, a text from t
select id, a name from t
select id, a value from t
select id, a int from t
select id, a qualify from t
select id, a exclude from t
select id from t as string
select id from t string
select id from t sample
select id from t qualify
select id from t pivot
select id from t semi
select id from t as "user"
select id, "FROM" from t
select id, date '2024-01-01' from t
select id, timestamp '2024-01-01' from t
select id, timestamptz '2024-01-01' from t
select id, timestamp with time zone '2024-01-01' from t
select id, int '3' from t
select id, text 'a' from t
select id, numeric '1.5' from t
select id, bool 'true' from t
select id, double precision '1.5' from t
select id, jsonb '{"a":1}' from t
select id, int4 '3' from t
select id, uuid '6b1f0c2e-0000-0000-0000-000000000000' from t
select id, U&'a' from t
select id, $$a$$ from t
select id, $x$a$x$ from t
select id, "a" from t
select id, .5 from t
select id, 5. from t
select id, 1e5 from t
select id, (a, b) = (1, 2) from t
select id, row(a, b) = row(1, 2) from t
select id, a in (1) from t
select id, a not in (1, 2) from t
select id, not a in (1, 2) from t
select id, a between 1 and 2 from t
select id, a between symmetric 2 and 1 from t
select id, a between asymmetric 2 and 1 from t
select id, a not between 1 and 2 from t
select id, a is null from t
select id, a isnull from t
select id, a notnull from t
select id, a is not null from t
select id, a is distinct from b from t
select id, a is not distinct from b from t
select id, a =+ b from t
select id, a =- b from t
select id, - - a from t
select id, +a from t
select id, x collate "C" from t
select id, case when f then 1 end from t
select id, case a when 1 then 2 else 3 end from t
select id, case when f then 1 end case from t
select id from t;
select id from t;;
select all id from t
select distinct id from t
select distinct on (a) id from t
select distinct (id), a from t
select /*+ hint */ id from t
select id from t -- comment
select id /* a /* b */ c */ from t
with q as (select 1) select * from q
with q(a) as (select 1) select * from q
with q as materialized (select 1 a) select * from q
with q as not materialized (select 1 a) select * from q
with q as (select 1 a) (select * from q)
with recursive q as (select 1 a union all select a+1 from q where a<3) select * from q
with q as (select 1 a) select * from q union select 2
select id from t union select id from u
select id from t union all select id from u
select id from t union distinct select id from u
select id from t except select id from u
select id from t except all select id from u
select id from t except distinct select id from u
select id from t intersect select id from u
(select id from t limit 1) union select id from u
select id from t union select id from u order by id limit 3
select id from t union (select id from u) 
table t
select * from (table t) x
values (1),(2)
select * from (values (1),(2)) v
select * from (values (1),(2)) v(a)
select * from (values (1),(2)) 
select * from (select 1 a) 
select t.id from t join u join s on s.id=u.id on u.id=t.id
select t.id from t left join u using (id)
select t.id from t left outer join u on true
select t.id from t full outer join u using (id)
select t.id from t natural join u
select t.id from t natural left join u
select t.id from t natural inner join u
select t.id from t natural left outer join u
select t.id from t cross join u
select t.id from t, lateral (select 1) x
select t.id from t join lateral (select 1) x on true
select t.id from t, lateral unnest(arr) e
select t.id from t, unnest(arr) e
select t.id from t, unnest(arr) with ordinality e(v, n)
select t.id from t, generate_series(1,3)
select id from "t"
select id from public.t
select id from t final
select id from t *
select id from t as x (a, b) join u on true
select id, row_number() over (order by a) r from t
select id, row_number() over w from t window w as (order by a)
select id, row_number() over (w) from t window w as (order by a)
select id, row_number() over (w order by a) from t window w as (partition by b)
select id, sum(a) over (rows 3 preceding) from t
select id, sum(a) over (rows between unbounded preceding and unbounded following) from t
select id, sum(a) over (order by a range between 1 preceding and 1 following exclude ties) from t
select id, sum(a) over (order by a rows current row) from t
select id, sum(a) over (order by a rows between current row and 1 following exclude current row) from t
select count(*) filter (where a > 1) n from t
select count(* ) n from t
select count(t.*) n from t
select count(distinct a) n from t
select count(all a) n from t
select sum(distinct a order by a) n from t
select string_agg(x, ',' order by x) n from t
select percentile_cont(0.5) within group (order by a) n from t
select mode() within group (order by a) n from t
select a, count(*) n from t group by rollup (a)
select a, count(*) n from t group by cube (a, b)
select a, count(*) n from t group by grouping sets ((a), ())
select a, count(*) n from t group by grouping sets (a, b)
select a, count(*) n from t group by (a)
select a, count(*) n from t group by (a, b)
select a, count(*) n from t group by a, ()
select count(*) n from t group by ()
select a, count(*) n from t group by distinct a
select a, count(*) n from t group by 1
select count(*) n from t having count(*) > 1
select id from t order by a asc nulls last limit 1
select id, exists (select 1) from t
select id, a = any (select 1) from t
select id, a = any (array[1,2]) from t
select id, a = some (select 1) from t
select id, a = all (select 1) from t
select id, array(select 1) from t
select id, (select 1) from t
select id, extract(year from d) from t
select id, extract('year' from d) from t
select id, date_part('year', d) from t
select id, date_trunc('month', d) from t
select id, position('a' in x) from t
select id, substring(x from 1 for 2) from t
select id, substring(x, 1, 2) from t
select id, substring(x for 2) from t
select id, substring(x from 'a') from t
select id, trim(x) from t
select id, trim(both 'a' from x) from t
select id, trim(leading from x) from t
select id, trim(from x) from t
select id, trim('a' from x) from t
select id, trim(x, 'a') from t
select id, overlay(x placing 'a' from 1) from t
select id, overlay(x placing 'a' from 1 for 2) from t
select id, left(x, 1), right(x, 1) from t
select id, nullif(a, 1) from t
select id, greatest(a, b) from t
select id, ts at time zone 'UTC' from t
select * from t
select id = 1 x from t
select id, x || 'a' from t
select id, concat(x, 'a') from t
select id, make_interval(days := 1) from t
select id, make_interval(days => 1) from t
select id, interval '1' year from t
select id, interval '1' years from t
select id, interval '1 day' * 2 from t
select id, d + interval '1 day' from t
select id, not not f from t
select id, f and not f or f from t
select id, a between 1 and 2 and f from t
select id, x like 'a' || 'b' from t
select id, x not similar to 'a' from t
select id, (ts, ts) overlaps (ts, ts) from t
select id, grouping(id) from t group by id
select id, cast(a as text) from t
select id, a::text::int::text from t
select id, (a)::text from t
select id, a::numeric(3, 1) from t
select id, x::varchar(3) from t
select id, x::character varying(3) from t
select id, ts::timestamp without time zone from t
select id, tz::timestamp with time zone from t
select id, arr::int array from t
select id, ts::time from t
select id, ts::date from t
select id, x::"text" from t
select 1
select 1 where true
select id, "a" "b" from t
select id, 'x' y from t
select id, trim(both x) from t
select id, trim(both from x) from t
select id, array[]::int[] from t
select id, a is from t
select id, a in from t
select count(*) over () from t
select count(*) filter (where f) over () from t
select id from t window w as ()
select id from ((select id from t)) x
select id from (((select id from t)))
((select id from t))
select id from generate_series(1,2) id
select id from generate_series(1,2) as g(id)
select id from rows from (generate_series(1,2)) g(id)
select a from jsonb_to_recordset('[]') as x(a int)
select a from jsonb_to_recordset('[]') as (a int)
select id, a from t fetch first 3 row only
select id, a from t order by a fetch first 3 rows with ties
select id, a from t order by a fetch first rows with ties
select id, a from t offset 3 row
select id, a from t limit null
select id from t; 
select id from t;;;
select id, a<-b from t
select id, a+-b from t
select id, a*-b from t
select id, a=-b from t
select id, a>=-b from t
select id, a<>-b from t
select id, x||'a'||x from t
select id, j?'a' from t
select id, j?|array['a'] from t
select id, j#>'{a}' from t
select id, j#>>'{a}' from t
select id, j-'a' from t
select id, j#-'{a}' from t
select id, j||j from t
select t.id from (t join u on true)
select x.id from (t join u using (id)) x
select t.id from ((t join u on true) join s on true)
select a from (values (1),(2)) x(a)
select a from ((values (1),(2))) x(a)
select a from (with q as (select 1 a), r as (select 2 b) select q.a from q, r) x
select id, coalesce(a, (select max(a) from u), 3) from t
select substring(x from 1 for 2), (select 1 from t, u limit 1) y from t
select id, extract(year from d), trim(x) from t, (select 1 y) q
