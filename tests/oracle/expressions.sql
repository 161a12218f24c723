-- One expression a line over the table in nasty_values.py; a line with ! must fail in both.
-- json
jb->'a'
jb->>'a'
jb->'b'
jb->>'b'
jb->'b'->'c'->1
jb->'b'->'c'->>1
jb->'b'->>'c'
jb->0
jb->-1
jb->>-2
jb->>3
jb->>'k'
jb->>'n'
jb->'n'
jb->>t
jb->i
jb#>'{b,c,0}'
jb#>>'{b,c,-1}'
jb#>>'{}'
jb#>>'{1}'
jb#>>array['b','c']
jb->'l'
jb->>'é'
(jb->'b'->'c'->>0)::int
!(jb->>'a')::int
jb->'a' = '1'
jb = '{"a": 1}'
jb <> 'null'
jb->'b' = '{"c": [1, 2.5, "x"]}'
jb->'l' = '[1, 1, 10]'
jb @> '{"a": 1}'
jb @> '{"a": 1.0}'
jb @> '{"b": {"c": [2.5]}}'
jb @> '[1, {"four": 4}]'
jb @> '"text"'
jb @> '"three"'
jb @> '[]'
jb @> '{}'
jb @> '[[1]]'
jb ? 'a'
jb ? 'three'
jb ? 'text'
jb ? t
jb ?| array['zz', 'a']
jb ?& array['k', 'a']
jb ?| '{k,q}'
jsonb_typeof(jb)
json_typeof(j)
jsonb_typeof(jb->'b')
jsonb_array_length(jb->'l')
json_array_length(j->'b'->'c')
!jsonb_array_length(jb)
jsonb_extract_path(jb, 'b', 'c')
jsonb_extract_path_text(jb, 'b', 'c', '1')
json_extract_path_text(j, 'k')
jb::text
jb::json
j->'b'
j->>'k'
j->>0
j->3->'four'
jb is null
coalesce(jb->>'a', 'none')
-- arrays
ai[1]
ai[2]
ai[0]
ai[-1]
ai[i]
ai[2:3]
ai[0:1]
ai[3:1]
ai[:2]
ai[2:]
at[1]
ai
at
array_length(ai, 1)
array_length(ai, 2)
cardinality(ai)
array_upper(at, 1)
array_lower(at, 1)
array_ndims(ai)
array_position(ai, 2)
array_position(ai, NULL)
array_position(at, 'x')
array_positions(ai, 1)
i = ANY(ai)
i <> ALL(ai)
2 = ANY(ai)
2 < ANY(ai)
2 >= ALL(ai)
t = ANY(at)
i = ANY('{1,7,NULL}')
i = ANY(ARRAY[1,7])
NOT i = ANY(ARRAY[1,7,NULL])
t LIKE ANY (ARRAY['%a%','H%'])
v = ANY('{abc,"x_y%z"}'::text[])
ai @> ARRAY[1]
ai @> ARRAY[1,NULL]
ai @> '{}'
ai <@ ARRAY[1,2,3]
ai && ARRAY[3,100]
ai && ARRAY[NULL]::int[]
ai || 5
5 || ai
ai || ARRAY[8,9]
ai || NULL::int[]
at || 'q'::text
array_append(ai, 4)
array_prepend(4, ai)
array_cat(ai, ARRAY[1])
array_remove(ai, 1)
array_remove(ai, NULL)
array_replace(ai, 1, 9)
array_to_string(ai, ',')
array_to_string(ai, ',', '*')
array_to_string(at, '')
array_to_string(ARRAY[true,false], '|')
string_to_array(t, ',')
string_to_array(t, '')
string_to_array(t, NULL)
string_to_array(t, ',', '')
ARRAY[i, 5]
ARRAY[t, v]
ARRAY[f, 1]
ARRAY[n, 1.5]
ARRAY[d]
ARRAY[ts]
ARRAY[o]
ARRAY[]::int[]
ai::text[]
ai::bigint[]
'{1,2}'::int[]
ai = '{1,NULL,3}'
ai < ARRAY[1,2]
ai <> '{}'
ARRAY[1,2] = ai
-- intervals
iv
iv + interval '1 day'
iv - interval '1 month 2 hours'
-iv
iv * 2
iv * 1.5
2 * interval '1 day'
iv / 2
interval '1 month' / 3
interval '3' month
interval '90' day
interval '1-2'
interval '1 day 02:03:04.5'
interval 'P1Y2M3DT4H5M6S'
interval '1.5 days'
interval '1.5 months'
interval '2 weeks ago'
'1 hour'::interval
iv = interval '1 month'
iv < interval '1 day'
iv > '00:00'
interval '1 month' = interval '30 days'
justify_hours(iv)
justify_days(iv)
justify_interval(iv)
make_interval(1, 2, 3, 4, 5, 6, 7.5)
make_interval(days => i % 100)
make_interval(hours => 2, mins => 30)
extract(epoch from iv)
extract(year from iv)
extract(month from iv)
extract(day from iv)
extract(hour from iv)
extract(minute from iv)
extract(second from iv)
extract(decade from iv)
extract(century from iv)
extract(milliseconds from iv)
extract(microseconds from iv)
greatest(iv, interval '1 day')
coalesce(iv, interval '1 day')
-- dates and times
d + 1
d - 1
3 + d
d - d
d - date '2000-01-01'
d + interval '1 month'
d - interval '90' day
date '1998-12-01' - interval '90' day
d + time '10:00'
d + tm
ts + iv
ts - iv
tz + iv
tz - interval '1 month'
iv + ts
ts - ts
ts - timestamp '2000-01-01 12:34:56.789'
tz - timestamptz '2000-01-01 00:00+00'
ts - d
tz - interval '1 day'
tm + interval '1 hour'
tm - interval '90 minutes'
tm - time '01:00'
age(ts, timestamp '2001-02-03 04:05:06')
age(timestamp '2024-03-31', ts)
age(d, date '2000-02-29')
date_trunc('year', ts)
date_trunc('quarter', ts)
date_trunc('month', d)
date_trunc('week', tz)
date_trunc('day', tz)
date_trunc('hour', ts)
date_trunc('minute', ts)
date_trunc('second', ts)
date_trunc('milliseconds', ts)
date_trunc('microseconds', ts)
date_trunc('decade', ts)
date_trunc('century', ts)
date_trunc('millennium', ts)
date_trunc('day', tz, 'Europe/Berlin')
date_trunc('day', tz, 'America/New_York')
date_trunc('hour', iv)
date_trunc('month', iv)
extract(year from d)
extract(year from ts)
extract(month from ts)
extract(day from tz)
extract(hour from ts)
extract(minute from ts)
extract(second from ts)
extract(milliseconds from ts)
extract(microseconds from ts)
extract(dow from ts)
extract(isodow from ts)
extract(doy from ts)
extract(week from ts)
extract(isoyear from ts)
extract(quarter from ts)
extract(decade from ts)
extract(century from ts)
extract(millennium from ts)
extract(julian from d)
extract(epoch from d)
extract(epoch from ts)
extract(epoch from tz)
extract(hour from tm)
extract(second from tm)
extract(epoch from tm)
extract(timezone from tz)
date_part('year', ts)
date_part('epoch', tz)
date_part('second', ts)
date_part('day', iv)
ts::date
tz::date
d::timestamp
d::timestamptz
ts::timestamptz
tz::timestamp
ts::time
tz::time
tm::interval
ts::text
tz::text
d::text
tm::text
iv::text
t::text
tz at time zone 'Europe/Berlin'
tz at time zone 'America/New_York'
ts at time zone 'Europe/Berlin'
ts at time zone 'Asia/Kolkata'
tz at time zone 'UTC'
timezone('Europe/Berlin', tz)
make_date(2024, 2, 29)
make_timestamp(2024, 2, 29, 12, 30, 15.5)
make_timestamptz(2024, 2, 29, 12, 30, 15.5)
make_time(8, 15, 23.5)
to_timestamp(i)
!to_timestamp(b)
to_timestamp(1700000000.5)
to_timestamp('2024-02-29 13:14:15', 'YYYY-MM-DD HH24:MI:SS')
to_date('2024-02-29', 'YYYY-MM-DD')
to_date('29.02.2024', 'DD.MM.YYYY')
to_char(ts, 'YYYY-MM-DD HH24:MI:SS')
to_char(ts, 'YYYY-MM-DD"T"HH24:MI:SS.MS')
to_char(ts, 'YYYY-MM-DD HH24:MI:SS.US')
to_char(ts, 'DD Mon YYYY')
to_char(ts, 'Mon DD, YYYY HH12:MI AM')
to_char(ts, 'HH:MI:SS pm')
to_char(ts, 'Dy, DD MON YY')
to_char(ts, 'FMDay, FMMonth FMDD, YYYY')
to_char(ts, 'Day|Month|DAY|MONTH|day|month')
to_char(ts, 'IYYY-IW-ID')
to_char(ts, 'DDD Q WW W D J CC')
to_char(ts, 'YYYYMMDD')
to_char(d, 'YYYY-MM')
to_char(tz, 'YYYY-MM-DD HH24:MI:SSOF')
to_char(ts, 'FMMM/FMDD/YYYY FMHH12:MI')
to_char(ts, 'Y YYY DY dy mon')
d < ts
d = date '2024-02-29'
ts > '2000-01-01'
tz between '2000-01-01' and '2024-06-01'
date_bin('15 minutes', ts, timestamp '2001-01-01')
isfinite(d)
ts::timestamp(0)
ts::timestamp(3)
-- text
t || 'x'
t || v
c || '|'
t || i
i || t
t || f
t || n
t || o
t || d
t || ts
t || NULL
'a' || 'b'
lower(t)
upper(t)
initcap(t)
length(t)
char_length(v)
octet_length(t)
bit_length(t)
length(c)
reverse(t)
replace(t, 'l', 'LL')
replace(t, '', 'x')
repeat(v, 2)
repeat(v, -1)
strpos(t, 'l')
strpos(t, '')
position('o' in t)
starts_with(t, 'He')
t ^@ 'He'
md5(t)
trim(t)
trim(both 'Hd' from t)
btrim(t, 'Ha')
ltrim(t, ' H')
rtrim(t, 'd ')
trim(leading from t)
substring(t, 2)
substring(t, 2, 3)
substring(t, -2, 5)
substring(t, 0)
substring(t from 3 for 2)
substr(t, 100)
!substring(t, 1, -1)
left(t, 3)
left(t, -3)
left(t, 0)
right(t, 3)
right(t, -3)
right(t, 0)
left(t, i % 5)
lpad(t, 15)
lpad(t, 15, 'xy')
rpad(t, 15, 'xy')
lpad(t, 3)
rpad(t, 3, 'q')
lpad(t, 15, '')
lpad(t, -1, 'x')
split_part(t, ',', 2)
split_part(t, ',', -1)
split_part(t, ',', 9)
split_part(v, '', 1)
!split_part(t, ',', 0)
concat(t, i, o, NULL, f, d)
concat_ws('-', t, v, i, o)
concat_ws(NULL, t, v)
concat_ws(',', NULL, 'a', t)
overlay(t placing 'XX' from 2 for 3)
overlay(t placing 'XX' from 2)
translate(t, 'abc', 'xy')
translate(t, 'lo', '01')
ascii(t)
ascii(v)
chr(65)
chr(233)
!chr(i)
to_hex(i)
to_hex(b)
quote_literal(t)
quote_nullable(t)
format('%s and %s', t, i)
format('%L %%', t)
format('%2$s %1$s', t, v)
format('%s', NULL)
encode(convert_to(v, 'UTF8'), 'hex')
encode('\x00ff'::bytea, 'base64')
encode('\x00ff'::bytea, 'hex')
decode('00ff', 'hex')
sha256('abc'::bytea)
num_nulls(t, i, o)
num_nonnulls(t, i, o)
t like 'He%'
t like '%l_ W%'
t like '%\%%'
v like '%\_%'
v like '%!_%' escape '!'
t not like '%o%'
t ilike 'hello%'
t ilike '%Ö%'
t not ilike 'hello%'
t like ''
t like c
t ~ 'H.*o'
t ~ '^[A-Za-z ]+$'
t ~ 'a|b'
t ~ '\d'
t ~ '\s'
t ~ '[[:digit:]]+'
t ~ '^$'
t ~ '(ab)+c'
t ~ 'l{2}'
t !~ 'o'
t ~* 'HELLO'
t !~* 'HELLO'
v ~ '\.'
t ~ '日'
t ~ 'e$'
regexp_replace(t, 'l', 'L')
regexp_replace(t, 'l', 'L', 'g')
regexp_replace(t, '[aeiou]', '', 'g')
regexp_replace(t, '(l+)', '<\1>')
regexp_replace(t, '[^a-z]', '', 'gi')
regexp_replace(t, '\s+', ' ', 'g')
regexp_replace(v, '(\d)', '[\&]', 'g')
regexp_match(t, 'l+')
regexp_match(t, '(H)(e)')
(regexp_match(t, 'W(or)'))[1]
substring(t from 'W(or)')
substring(t from '[a-z]+')
regexp_like(t, 'H')
regexp_count(t, 'l')
regexp_split_to_array(t, ',')
t similar to 'H%'
t similar to '%(lo|xx)%'
v similar to '_bc'
t collate "C" < 'a'
t < 'b'
t > v
t = v
c = 'ab'
c = 'ab   '
c < 'b'
c::text
v::text
t between 'A' and 'b'
t in ('', 'Hello World')
nullif(t, '')
greatest(t, v)
least(t, v)
coalesce(t, v, 'z')
t is distinct from v
strpos(c, 'b')
upper(c)
E'a\tb'
E'\\d' || t
'it''s'
$$dollar$$
