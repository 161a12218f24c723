select * exclude (n) from t
select * exclude n from t
select * except (n) from t
select * replace (a+1 as a) from t
select * rename (a as b) from t
select t.* exclude (n) from t
select * ilike 'a%' from t
select id, a from t qualify row_number() over (order by a) = 1
select id from t group by all
select id, count(*) from t group by all
select id from t order by all
select id from t order by all limit 1
from t
from t select id
from t select id where a > 1
from t where a > 1 select id
select id from t sample 10
select id from t using sample 10
select id from t tablesample (10 percent)
select * from t pivot (sum(a) for x in ('a','b'))
select * from t unpivot (v for nme in (a, b))
pivot t on a using sum(b)
select t.id from t positional join u
select t.id from t left semi join u on t.a=u.a
select t.id from t left anti join u on t.a=u.a
select t.id from t join u
select t.id from t left join u
select t.id from t inner join u
select t.id from t full join u
select t.id from t cross join u on t.a=u.a
select t.id from t natural join u on t.a=u.a
select t.id from t natural cross join u
select t.id from t cross apply (select 1) x
select t.id from t outer apply (select 1) x
select t.id from t straight_join u on t.a=u.a
select t.id from t any join u on t.a=u.a
select t.id from t join u on t.a=u.a and
select id, a div b from t
select id, a mod b from t
select id, a := b from t
select id, x regexp 'a' from t
select id, x rlike 'a' from t
select id, x glob 'a' from t
select id, x like any ('a','b') from t
select id, a xor b from t
select id, [1,2] from t
select id, [a, b] from t
select id, array(1,2) from t
select id, {'a': 1} from t
select id, {a: 1} from t
select id, map {'a': 1} from t
select id, list_transform(arr, lambda x: x + 1) from t
select id, [x for x in arr] from t
select id, arr[1:2:1] from t
select id, arr[-1:-2:-1] from t
select id, try_cast(x as int) from t
select id, safe_cast(x as int) from t
select id, cast(x, int) from t
select id, x::int64 from t
select id, x::string from t
select id, x::tinyint from t
select id, x::hugeint from t
select id, x::ubigint from t
select id, x::double from t
select id, x::datetime from t
select id, x::blob from t
select id, x::number from t
select id, x::varchar2(3) from t
select id, x::nvarchar(3) from t
select id, x::list from t
select id, x::array<int> from t
select id, x::struct(a int) from t
select id, x::map(int,int) from t
select id, x::text(3) from t
select id, x::int(3) from t
select id, x::timestamp_s from t
select id, x::timestamp_ns from t
select id, x::timestampltz from t
select id, ::int from t
select id, int(x) from t
select id, interval 1 day from t
select id, interval (a) day from t
select id, interval a day from t
select id, d + interval 1 day from t
select id, d + 1 day from t
select id, date_add(d, interval 1 day) from t
select id from t limit 1, 2
select id from t limit 1 by a
select id from t limit 10 percent
select id from t limit 10%
select top 5 id from t
select id from t fetch first 5 percent rows only
select id from t fetch first 5 rows
select id from t limit 5 limit 6
select id from t limit 5 fetch first 5 rows only
select id from t where a = 1 where b = 2
select id from t limit 1 where a = 1
select id from t order by a where b = 1
select id from t group by id where a = 1
select id from t having count(*) > 1 group by id
select id from t order by id group by id
select id where a = 1 from t
select id from t order by id order by a
select id from t group by id group by id
select id, cast(x as int64) from t
select id, cast(x as double) from t
select id, a day from t
select id, a year from t
select id, a hour from t
select id, a char from t
select id from t order
select id from t left
select id from t as left
select id from t as user
select id from t a, u left
select id, string 'abc' from t
select id, datetime '2024-01-01' from t
select id, 'a' 'b' from t
select id, 'a' as 'b' from t
select id, a as 'b' from t
select id, a 'b' from t
select id, r'a' from t
select id, f'a' from t
select id, `a` from t
select id, [a] from t
select id, 1a from t
select id, ? from t
select id, :a from t
select id, %s from t
select id, %(a)s from t
select id, {{ a }} from t
select id, a, from t
select id,, a from t
select , a from t
select id, from t
select id from t,
select id from t, where a = 1
select id from t where
select id from t where a = 1 and
select id from t order by
select id from t order by a,
select id from t group by
select id from t group by a,
select id, sum(a,) from t group by id
select id, coalesce(a,) from t
select id, coalesce() from t
select id, (a,) from t
select id, () from t
select id, a in () from t
select id, a in 1 from t
select id, a in b from t
select id, a in (1,) from t
select id, a in arr from t
select id, a in unnest(arr) from t
select id, a between 1 or 2 from t
select id, a not null from t
select id, a is 1 from t
select id, a is b from t
select id, a is nan from t
select id, a = = b from t
select id, a < > b from t
select id, a > = b from t
select id, a ! = b from t
select id, a + from t
select id, |/ n, ||/ n, @ n, a ! from t
select id, x like 'a' escape from t
select id, case f then 1 end from t
select id, case when f then 1 else end from t
select id, case when f then 1 from t
select id, case end from t
select id, case else 1 end from t
select id, cast(a as text from t
select id, (a from t
select id, a) from t
; select id from t
select id from t limit
select id from t offset
select distinct all id from t
select distinct on a id from t
select distinct on () id from t
select unique id from t
select as struct id from t
select as value id from t
select id from t # comment
select id from t // comment
with q as select 1 select * from q
with q(a,) as (select 1) select * from q
with q (select 1) select * from q
with q as (select 1 a), select * from q
with q as (select 1 a),, r as (select 2 b) select * from q
with 1 as x select x
with q as (select 1 a) from q
select id from t union by name select id from u
select id from t union all by name select id from u
select id from t minus select id from u
select id from t order by id union select id from u
select id from t limit 1 union select id from u
select id from t union from u
select id from t union u
table t union table u
values 1, 2
values (1), 2
values (1,)
values ()
values (1),
select * from values (1),(2)
select * from (select 1 a) as
select * from (t)
select * from (t join u)
select * from (t)x
select * from (t, u)
select t.id from t join u join s on s.id=u.id
select t.id from t join u on u.id=t.id on t.id=1
select t.id from t left join u using id
select t.id from t left join u using ()
select t.id from t left join u using (id,)
select t.id from t outer join u on true
select t.id from t left inner join u on true
select t.id from t inner left join u on true
select t.id from t cross left join u
select t.id from t cross u
select t.id from t join u on
select t.id from t join lateral (select 1) x
select t.id from t left join lateral (select 1) x
select t.id from t lateral view explode(arr) e as y
select t.id from t, unnest(arr) with offset e
select t.id from t, unnest(arr) e with ordinality
select t.id from t, table(generate_series(1,3))
select id from 't'
select id from t@x
select id from t for system_time as of '2020-01-01'
select id from t version as of 3
select id from t at (timestamp => 1)
select id from t force index (a)
select id from t use index (a)
select id from t with (nolock)
select id, row_number() over order by a from t
select id, row_number() over w from t
select id, row_number() over (partition by a partition by b) from t
select id, row_number() over (order by a partition by b) from t
select id, sum(a) over (rows between 3 preceding and) from t
select id, sum(a) over (rows unbounded) from t
select id, sum(a) over (rows 3) from t
select id, sum(a) over (order by a rows between 1 preceding) from t
select id, lag(a) ignore nulls over (order by id) from t
select id, lag(a ignore nulls) over (order by id) from t
select id, lag(a) respect nulls over (order by id) from t
select id, first_value(a) over (order by id) ignore nulls from t
select id, nth_value(a, 2) from first over (order by id) from t
select count(*) filter (a > 1) n from t
select count(*) filter where a > 1 n from t
select string_agg(x order by x separator ',') n from t
select group_concat(x separator ',') n from t
select array_agg(x order by x limit 2) n from t
select array_agg(x) ignore nulls n from t
select any_value(a having max b) n from t
select a, count(*) n from t group by a with rollup
select a, count(*) n from t group by rollup a
select a, count(*) n from t group by a asc
select id from t order by a ascending limit 1
select id from t order by a nulls last desc limit 1
select id from t order by a desc desc limit 1
select id from t cluster by a
select id from t sort by a
select id from t distribute by a
select id from t connect by prior a = b
select id from t start with a = 1 connect by prior a = b
select id from t prewhere a = 1
select id from t settings x = 1
select id from t format json
select id from t |> where a = 1
select id from t match_recognize (pattern (a))
select id, exists select 1 from t
select id, a = any array[1,2] from t
select id, a any (select 1) from t
select id, select 1 from t
select id, (select 1 from t
select id, extract(year, d) from t
select id, position('a', x) from t
select id, ts at time zone from t
select id, current_date() from t
select id, j:a from t
select id, j:a::int from t
select t.id, a b c from t
select t.id a b from t
select id x: 1 from t
select x: id from t
select id, a > 1 > 2 from t
select id, a < b < 3 from t
select id, a = b = f from t
select id, a like 'a' like 'b' from t
select id, xmlelement(name a) from t
select id, a::numeric() from t
select id, a::numeric(3,) from t
select id, x::public.text from t
select id, a => b from t
select id from t where (a = 1
select id from t where a = 1)
select ((id) from t
select id from t as
select id from t join u as on true
select id, a as, b from t
select id, sum(a) over (order by) from t
select id, sum(a) over (partition by) from t
select id, a * / b from t
select id, case when then 1 end from t
select id, f or or f from t
select id, and f from t
select id, not from t
select id, (select) from t
select id, a in (select) from t
select 1 from
select id, lower(x x) from t
select id, lower(x) (x) from t
select id, 1 2 from t
select id from t where a = 1 b = 2
select id from t where a 1
select id from t group a
select id from t order a
select id from t order by a b limit 1
select id from t limit 1 1
select id from t union
select id from t union all all select 1
union select 1
select id from t intersect except select 1
explain select 1
create table x (a int)
begin
select id from t returning id
select id, a::text::from t
select id, cast(a text) from t
select id, cast(a as) from t
select id, cast(as text) from t
select id, extract(year d) from t
select id, extract(from d) from t
select id, substring(x from) from t
select id, position(x in) from t
select id, array[1,] from t
select id, array[1 2] from t
select id, arr[] from t
select id, arr[1,2] from t
select id, between 1 and 2 from t
select id, a between 1 from t
select id, a is not from t
select id, exists (1) from t
select id, (1, 2 from t
select id, interval '1 day from t
select id, 'abc from t
select id, "abc from t
select id, $$abc from t
select id /* abc from t
select id, a.b.c.d.e from t
select .id from t
select t..id from t
select id from t.
select id from .t
select * * from t
select ** from t
select t.*.* from t
select *.id from t
select id, *.* from t
select * as x from t
select count(*) over from t
select count(*) over () over () from t
select count(*) filter (where f) filter (where f) from t
select count(*) over () filter (where f) from t
select sum(a order by) from t
select sum(distinct) from t
select sum(distinct distinct a) from t
select sum(a distinct) from t
select percentile_cont(0.5) within group order by a from t
select percentile_cont(0.5) within (order by a) from t
select percentile_cont(0.5) within group (a) from t
select id from t window w
select id from t window w as
select id from t window as (order by a)
select id from t window w as (order by a), 
select id from t having
select id from t natural join
select id from t natural u
select id from t cross join
select id from t, lateral
select id from lateral t
select id from (select id from t) x y
select id from (select id from t x
select id from ((select id from t) x)
(select id from t) x
(select id from t
select id from t x(a b)
select id from t x()
select id from generate_series(1,2 id
select a from jsonb_to_recordset('[]') as x(a)
select a from jsonb_to_recordset('[]') x(a int, b)
select id, a from t order by 1, limit 3
select id, a from t fetch 3 rows only
select id, a from t fetch first 3 only
select id, a from t fetch first 3 rows with ties
select id, a from t order by a fetch first with ties
select id, a from t offset 3 rows rows
select id, a from t limit 3 rows
select id, a from t limit all all
select distinct from t
select distinct on (a) from t
select distinct on (a, ) id from t
select distinct on (a) distinct id from t
select all distinct id from t
select id from t for
select id from t with no data
select id into from t
select id, x::varchar( from t
select id, x::varchar(3 from t
select id, x::[] from t
select id, x:text from t
select id, x:::text from t
select t.id from (t, u)
select t.id from s, (t, u)
select t.id from s join (t, u) on true
select t.id from ((t join u on true), s)
