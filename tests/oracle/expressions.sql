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
jb->0->0
jb->'b'->'c'->0->-1->>0
j->0->0
jb->'a'->''->'b'
jsonb_build_object('*', 1, 'a', jb)->'*'
jsonb_build_object('', jb)->''->'b'->'c'
jsonb_build_object('a', ARRAY[i, 2], 'b', jsonb_build_object('c', i))->'a'
jsonb_build_object('a', ARRAY[i, 2], 'b', jsonb_build_object('c', i, 'd', 1.50))->'b'
jsonb_build_object('a', ARRAY[i, 2])->>'a'
to_jsonb(ARRAY[i, 2])->0
jsonb_build_array(jb, jsonb_build_object('c', i, 'd', t))->1
to_jsonb(nasty.*)->>'jb'
to_jsonb(nasty.*)->>'ai'
to_jsonb(nasty.*)->'at'->>-1
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
array_position(ai, 2, 3)
array_position(ai, 2, -1)
array_position(ai, NULL, 2)
array_position(ai, 1, coalesce(i, 1))
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
array_dims(ai)
array_dims(at)
array_reverse(ai)
array_reverse(at)
array_reverse(ARRAY[]::int[])
array_sort(ai)
array_sort(at)
array_sort(ai, true)
array_sort(ai, true, false)
array_sort(at, false, true)
array_sort(ARRAY[n, 1.5, -2])
array_sort(ARRAY[f, 1, -0.5, 'NaN'])
array_sort(ARRAY[d, '2000-01-01'])
array_replace(ai, 1, 9)
array_to_string(ai, ',')
array_to_string(ai, ',', '*')
array_to_string(at, '')
array_to_string(at, t)
array_to_string(ai, v, t)
array_to_string(ai, left(t, 1))
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
array[iv, interval '30 days', null]
array[iv, interval '-1:02:03.5']::text
to_json(array[iv, null])
jsonb_build_object('a', array[iv])
array_to_string(array[iv, null], ',', '-')
array[iv, '1 day'] = array[interval '1 month', '24:00']
array[iv] < array[interval '30 days']
array_position(array[iv, '30 days'], interval '1 month')
array_positions(array[iv, '30 days'], '720:00')
array_remove(array[iv, '30 days', null], '1 month')
array_replace(array[iv, '30 days'], '1 month', '2 days')
array_append(array[iv], '1 hour')
array_prepend(interval '1 hour', array[iv])
array[iv] || interval '1 hour'
array_sort(array[iv, '1 day', null])
(array[iv, null])[1]
interval '30 days' = any(array[iv, '1 day'])
array[iv, '1 day'] @> array[interval '1 month']
array[iv] && array[interval '1 month']
cardinality(array[iv, iv])
'{1 mon,-2 days}'::interval[]
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
date_part('second', ts + interval '0.000007 s' * id)
date_part('milliseconds', tz - interval '0.000003 s' * id)
date_part('epoch', ts - interval '900 years 0.000003 s')
date_part('second', tm)
date_part('milliseconds', tm - interval '0.000003 s')
date_part('epoch', tm)
date_part('second', iv * 1.7)
date_part('milliseconds', iv * 1.7)
date_part('epoch', iv * 1.7)
date_part('day', iv)
ts::date
tz::date
d::timestamp
d::timestamptz
ts::timestamptz
tz::timestamp
ts::time
tz::time
(CASE WHEN id = 4 THEN 'infinity' ELSE ts END)::time
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
tz at time zone 'PST'
tz at time zone 'IST'
ts at time zone 'CEST'
ts at time zone 'GMT+8'
tz at time zone '-08'
ts at time zone 'utc+5:30:15'
case when tz > '1970-01-02' then tz at time zone 'EST5EDT' end
ts at time zone interval '-08:30'
!ts at time zone 'bogus'
!ts at time zone interval '1 day'
timezone('europe/berlin', tz)
tz at time zone case when i > 0 then 'PST' when i = 0 then '-08' when i < -100 then 'Asia/Tokyo' end
ts at time zone case when i > 0 then 'utc+5:30:15' when i = 0 then 'europe/london' when i < -100 then '<x>-3' end
!ts at time zone v
timezone(case when i > 0 then 'IST' end, ts)
date_trunc('day', tz, 'PST')
date_trunc('hour', tz, 'IST')
date_trunc('month', tz, case when i > 0 then 'GMT-8' end)
regexp_match(v, '(\d+)(?:\.(\d+))?')
regexp_match(t, '(H)?(e)')
regexp_match(chr(8490) || t, '(a|k)', 'i')
regexp_match(chr(383), '([Ss]|x)')
chr(8490) ~ '([Aa]|[Kk])' OR chr(383) ~* '(x|s)'
regexp_replace('kKsS' || chr(8490) || chr(383), '([Kk]|[Ss])', '-', 'g')
regexp_match(t, '([a-z]+,)*([0-9])')
regexp_match(v, '(\d+|[a-z]+)(_y)?')
regexp_match(t, '(?:(\d)|([a-z]))')
regexp_match(v, '^([a-z]+)(?:[._]([a-z]+))?')
regexp_replace(t, '(l)+(o)?', '<\1\2>', 'g')
regexp_replace(t, '(?:a|é)+', '-')
regexp_substr(v, '(?:-)?\d+(?:\.\d+)?')
substring(t from '(o)? ')
substring(v from '(\d)?[a-z]')
regexp_match(t, '(W|h)ORLD', 'i')
regexp_instr(t, 'l+')
regexp_instr(t, '(o|or|W).*?l')
regexp_instr(t, '$')
regexp_instr(v, '^\d')
regexp_instr(t, 'é|ß')
make_timestamptz(2024, 7, 1, 12, 30, 1.5, 'PST')
make_timestamptz(2024, 7, 1, 12, 30, 1.5, '+05:30')
make_timestamptz(2024, 7, 1, 12, 30, 1.5, '-08')
make_timestamptz(2024, 7, 1, 12, 30, 1.5, case when i > 0 then '+05:30' when i < 0 then '-3' else 'UTC+3' end)
!make_timestamptz(2024, 7, 1, 12, 30, 1.5, '5')
!make_timestamptz(2024, 7, 1, 12, 30, 1.5, left('+16' || t, 3))
make_timestamptz(2024, 7, 1, 12, 30, 1.5, 'Europe/Berlin')
make_timestamptz(2024, 7, 1, 12, 30, 1.5, case when i > 0 then 'UTC+3' end)
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
to_char(ts, 'FMMS FMUS')
to_char(ts, 'IDDD iddd')
to_char(ts, 'DDdyMM Yy')
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
length(convert_to(t, 'UTF8'))
md5(convert_to(t, 'UTF8'))
md5('\xff00'::bytea)
octet_length(t::char(12))
bit_length(t::char(12))
length(c)
reverse(t)
replace(t, 'l', 'LL')
replace(t, '', 'x')
repeat(v, 2)
repeat(v, -1)
repeat(v, i % 3)
!repeat(v, 2000000000)
!repeat(v || 'x', 2000000000 + i % 2)
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
lpad(t, i % 20, v)
!lpad(t, 2000000000, '-')
!rpad(t, 2000000000 + i % 2, '-')
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
('ſK' || t) ~* 's|k'
('ß' || t) ~* '[^a-zß]É'
(U&'a\2003b\1680' || t) ~ 'a\sb[[:space:]]'
(U&'\00a0' || t) ~ '^\S'
t ~ '[a-c_-]'
t ~ '[|&~-]'
regexp_replace('İıſs' || t, '[h-s]', '<\&>', 'gi')
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
U&'d\0061t\+000061\\'
U&'d!0061t''s!!' UESCAPE '!'
!U&'d\006'
-- numbers
i
b
s
n
u
f
r
i + 1.5
!i + s
!s + s
!i + 2147483647
!b + 1
!s * s
!-i
!-b
!abs(i)
i / 2
i / -2
i % 3
-7 / 2
-7 % 3
7 % -3
!i / 0
!i % 0
!n / 0
!f / 0
n / 3
n * n
n + 1
n - 0.5
n % 2
u * 2
f + 1
f / 3
f * 0
r * 2
r + f
r + i
!i * f
!n * f
-f
-n
+i
2 ^ 3
2 ^ 10
!f ^ 2
r::float8 ^ 2
2 ^ 0.5::float8
power(2, 3)
power(f, 0)
2.5 * n
n * n * 2
n + n
'1.10'::numeric(5,2) || ''
sqrt(4)
sqrt(2.0::double precision)
!sqrt(f)
!f * 1e300::float8
|/ 9
cbrt(27.0::float8)
exp(1.0::float8)
ln(10.0::float8)
log(100.0::float8)
log10(1000.0::float8)
sin(n::float8)
cos(r::float8)
pi()
degrees(1.0::float8)
radians(180.0::float8)
round(n)
round(n, 1)
round(n, 2)
round(n, 5)
round(n, -1)
round(n, -3)
round(u, 3)
round(f)
round(r::float8)
round(2.5)
round(-2.5)
round(2.5::float8)
round(3.5::float8)
round(-0.5::float8)
round(i)
trunc(n)
trunc(n, 1)
trunc(n, -1)
trunc(f)
trunc(-1.9)
floor(n)
ceil(n)
ceiling(n)
floor(f)
ceil(f)
ceil(-0.5)
floor(-0.5)
abs(n)
abs(f)
abs(s % 100)
sign(n)
sign(f)
sign(i)
mod(i, 3)
mod(n, 2)
div(n, 2)
div(7, 2)
gcd(i % 1000, 12)
lcm(i % 1000, 12)
width_bucket(n, 0, 10, 5)
width_bucket(f, 0, 10, 5)
i & 5
i | 8
i # 3
~i
~s
b & 255
s & 6
i << 2
i >> 1
i << 33
s << 1
1 << i
greatest(i, s)
greatest(i, n)
greatest(f, n)
least(i, NULL)
greatest(NULL, NULL, 3)
greatest(iv, '30 days', iv * 2)
least('1 day', iv)
greatest(iv)
greatest(c, 'ab')
least(c, v)
greatest(c, 'ab ', NULL)
abs('-1.5')
|/ abs(n)
||/ n
!|/ t
c collate "C" = 'ab  '
!i IS TRUE
!t IS NOT FALSE
round('2.345', 2)
ceil('1.5')
sqrt('2')
!to_hex(s)
!gcd(s, s)
!lcm(s, '4')
!trunc('1')
least(n, 0)
coalesce(i, 0)
coalesce(n, 0)
coalesce(n, i)
coalesce(f, i)
coalesce(s, b)
nullif(i, 7)
nullif(n, 0)
nullif(f, 0.1)
case when i > 0 then i else n end
case when i > 0 then s else b end
case i when 7 then 'seven' when 0 then 'zero' end
case when o then 1 end
(i % 100)::smallint
!i::smallint
!b::integer
i::bigint
n::integer
n::bigint
!n::smallint
2.5::integer
3.5::integer
-2.5::integer
2.5::float8::integer
3.5::float8::integer
-2.5::float8::bigint
!f::integer
!f::bigint
0.5::float8::integer
i::double precision
b::double precision
n::double precision
n::real
!f::real
r::double precision
(i % 1000)::numeric(6,2)
!i::numeric(6,2)
n::numeric(12,1)
n::numeric
(n / 3)::numeric(20,4)
i::numeric
i::numeric(12,2)
(f * 0)::numeric
1.1::float8::numeric
0.1::real::numeric
123456.789::float8::numeric(10,2)
o::integer
o::text
i::boolean
1::boolean
i::text
b::text
s::text
n::text
f::text
r::text
1e20::float8::text
1e15::float8::text
1e14::float8::text
123456789012345678::float8::text
1e-4::float8::text
1e-5::float8::text
'1.5e300'::float8::text
'-0'::float8::text
0.1::real::text
1e6::real::text
1e7::real::text
1234567::real::text
1e10::real::text
1e-5::real::text
1.10::text
100.00::text
1e3::text
'12'::integer
' 12 '::integer
!'1.5'::integer
!'abc'::integer
'1.5'::numeric
'1e3'::numeric
' 1.50 '::numeric(5,1)
'1e3'::float8
'Infinity'::float8
'NaN'::float8
'-infinity'::float8::text
'yes'::boolean
'off'::boolean
' true '::boolean
!'maybe'::boolean
case when v = '12' then v::integer end
case when v = '-3.7' then v::numeric end
case when v = '-3.7' then v::float8 end
case when v = 'true' then v::boolean end
case when t = '  12  ' then t::integer end
!v::integer
!t::numeric
f = 'NaN'
'NaN'::float8 > f
i = 7
i = 7.0
i = n
f = i
n = 2.5
i <> 7
i in (7, 0)
i not in (7, 0)
i in (7, NULL)
n in (2.5, 0)
f between 0 and 1
i between 7 and 0
i between symmetric 7 and 0
i not between symmetric 7 and 0
(i, s) = (7, -3)
(i, s) < (7, 0)
(i, s) <= (7, -3)
(i, s) > (0, 0)
(i, s) <> (7, -3)
(i, n) < (i, 1)
row(i, s) = row(7, -3)
(i, s) in ((7, -3), (0, 0))
(i, s) is distinct from (7, -3)
o is true
o is not true
o is false
o is not false
o is unknown
o is not unknown
o = true
o > false
not o
o and i > 0
o or i > 0
i is distinct from 7
i is not distinct from NULL
i is null
i isnull
i notnull
num_nulls(i, n)
0.5::text
(-0.5)::text
1e3
.5
5.
1.5e-3
-- to_char of numbers
to_char(i, '999')
to_char(i, 'FM999')
to_char(i, '9999999999')
to_char(i, '9,999,999,999')
to_char(i, 'FM9,999,999,990')
to_char(i, '000')
to_char(i, '0099')
to_char(i, '990')
to_char(n, '999,999,999.99')
to_char(n, 'FM999,999,990.00')
to_char(n, 'FM999999999.99')
to_char(n, '999999999.999')
to_char(n, '99.9')
to_char(n, '90.0')
to_char(n, 'FM9990.0999')
to_char(n, '000000000.00')
to_char(b, '9999999999999999999')
to_char(0, 'FM999.90')
to_char(0.5, 'FM999.99')
to_char(-0.5, 'FM999.99')
to_char(-0.004, 'FM999.99')
to_char(0, 'FM999.99')
to_char(0.004, '9.99')
to_char(-0.004, '9.99')
to_char(1234567, '9,999,999')
to_char(12, '0,000')
-- precedence
2 + 3 || 'x'
i || t || 1
-2 ^ 2
2 ^ 3 ^ 2
2 * 3 ^ 2
not i = 7 and o
i & 3 + 1
1 + 2 & 3
1 | 2 & 3
i # 3 & 1
t || 'a' like '%a'
5 - 3 - 1
i = 7 is true
n::int % 3
!-i % 3
!-s % 3
- 7 / 2
2 * 3 % 4
7 / 2 * 2
i between 1 and 2 + 5
'a' || 'b' = 'ab'
1 << 1 + 1
o is null or not o
jb->'a' = '1' and o
jb->>'a' || 'x'
'x' || (jb->>'a')
jb->'b'->'c'->>0 like '1%'
i % 100 + 1 = 8
interval '1 day' * 2 + iv
i::text || 'x'
(i in (1, 7)) = true
case when o then 'y' else 'n' end || 'x'
not o or o
o or o and false
not (o and false)
i % 10 * 2 + 1 < 5 and not o or i is null
t < 'b' || 'c'
-n * 2
- -5
+ 5
(~1) + 1
~i & 7
5 - -3
!ai[1] + 1
ai[1] - 1.0
ai[1]::text || 'x'
-ai[1]
(ai || 1)[1]
'1' || 2 + 3
1 = any(ai) and o
t = any(at) is true
d - 1 + 1
d - d + 1
date '2024-03-31' + interval '1 month' - interval '1 day'
ts - interval '1 month' + interval '1 month'
i < 5 and i > -10 or i = 7
o = not o
i is not null = true
'abc' like 'a%' and 'abc' not like '%z'
upper(t) || lower(t) = t
iv in ('1 mon', '100 days 25:00')
json_build_object('i', iv)
jb in ('{"a": 1}', 'null')
-- jsonb changed, jsonb in its own text, periods
jb || '{"a": 9, "zz": null}'
jb || jb
'[1, 2]'::jsonb || jb
jb || '[]'
jb || '"x"'
jb || jsonb_build_object('i', i, 'te', t, 'n', n, 'at', at, 'd', d, 'ts', ts, 'o', o, 'b"c', v)
jb || jsonb_build_object(coalesce(t, '?'), jb)
jsonb_build_object('zz', i, 'a', t, 'a', 2, 'é', jb)
jsonb_build_object(coalesce(v, 'q'), i, 'a', b)
jsonb_build_array(i, t, jb, n, ai, at, NULL, d)
jsonb_build_object()
jsonb_build_array()
to_jsonb(t)
to_jsonb(n)
to_jsonb(at)
to_jsonb(jb)
to_jsonb(ts)
to_jsonb(f)
jsonb_build_object('f', f)
jsonb_build_object('a', 1) = jsonb_build_object('a', i)
jsonb_set(CASE WHEN id IN (3, 7) THEN jb ELSE '{}' END, '{a}', '[1, {"x": 2.50}]')
jsonb_set(CASE WHEN id IN (3, 7) THEN jb ELSE '{}' END, '{b,c}', to_jsonb(t))
jsonb_set(CASE WHEN id IN (3, 7) THEN jb END, '{b,c,1}', '"n"', false)
jsonb_set(CASE WHEN id IN (3, 7) THEN jb END, '{b,c,-1}', '"n"')
jsonb_set(CASE WHEN id IN (3, 7) THEN jb END, '{b,c,7}', '"n"')
jsonb_set(CASE WHEN id IN (3, 7) THEN jb END, '{b,c,-9}', '"n"')
jsonb_set(CASE WHEN id IN (3, 7) THEN jb END, '{b,c,-9}', '"n"', false)
jsonb_set(CASE WHEN id IN (3, 7) THEN jb END, '{l,0,q}', '"n"')
jsonb_set(CASE WHEN id IN (3, 7) THEN jb END, '{new,q}', '"n"')
jsonb_set(CASE WHEN id IN (3, 7) THEN jb END, ARRAY['a','q'], '"n"')
jsonb_set(CASE WHEN id IN (4) THEN jb END, '{3,four}', '"n"')
jsonb_set(CASE WHEN id IN (4) THEN jb END, '{}', '"n"')
!jsonb_set(CASE WHEN id IN (4) THEN jb END, '{x}', '"n"')
!jsonb_set(jb, '{a}', '"n"')
jsonb_insert(CASE WHEN id IN (4) THEN jb END, '{1}', '"n"')
jsonb_insert(CASE WHEN id IN (4) THEN jb END, '{1}', '"n"', true)
jsonb_insert(CASE WHEN id IN (4) THEN jb END, '{-1}', '"n"', true)
jsonb_insert(CASE WHEN id IN (4) THEN jb END, '{-1}', '"n"')
jsonb_insert(CASE WHEN id IN (4) THEN jb END, '{9}', '"n"')
jsonb_insert(CASE WHEN id IN (4) THEN jb END, '{-9}', '"n"')
jsonb_insert(CASE WHEN id IN (4) THEN jb END, '{-5}', '"n"')
jsonb_insert(CASE WHEN id IN (4) THEN jb END, '{-6}', '"n"', true)
jsonb_insert(CASE WHEN id IN (3) THEN jb END, '{w}', '"n"', true)
!jsonb_insert(CASE WHEN id IN (3) THEN jb END, '{a}', '"n"', true)
CASE WHEN id IN (3,4,7) THEN jb - 'a' END
CASE WHEN id IN (3,4,7) THEN jb - 'three' END
CASE WHEN id IN (3,4,7) THEN jb - v::text END
CASE WHEN id IN (3,4,7) THEN jb - ARRAY['a','k','three'] END
CASE WHEN id IN (3,4,7) THEN jb - '{a,z}'::text[] END
CASE WHEN id IN (4) THEN jb - 1 END
CASE WHEN id IN (4) THEN jb - (-1) END
CASE WHEN id IN (4) THEN jb - 9 END
CASE WHEN id IN (4) THEN jb - (-9) END
!jb - 'a'
!jb - 1
CASE WHEN id IN (3,7) THEN jb #- '{b,c,0}' END
CASE WHEN id IN (3,7) THEN jb #- '{a}' END
CASE WHEN id IN (3,7) THEN jb #- '{a,a}' END
CASE WHEN id IN (4) THEN jb #- '{3,four}' END
CASE WHEN id IN (4) THEN jb #- ARRAY['-1'] END
jsonb_strip_nulls(jb)
jsonb_strip_nulls('{"a": null, "b": {"c": null, "d": ", }: null"}, "e": [null, {"x": null}], "f": null, "g\"": null, "h": 1}'::jsonb || jb)
jsonb_strip_nulls('{"a": null}')
(CASE WHEN id = 3 THEN jb - 'a' END)::text
CASE WHEN id = 4 THEN jb - ARRAY['a','k','three'] END
to_jsonb(nasty.*) ->> 't'
jb || jsonb_build_object('x', jsonb_build_object('y', i, 'b', jsonb_build_array(t)))
jb::jsonb || '{}'::jsonb
'{"b": 1, "a": 1.10}'::jsonb
(d, d + 2) OVERLAPS (date '2024-02-28', date '2024-03-01')
(ts, ts + iv) OVERLAPS (timestamp '2024-02-28', interval '2 days')
(ts, iv) OVERLAPS (timestamp '2000-12-31', interval '1 day')
(d, NULL) OVERLAPS (date '2024-02-29', date '2024-03-01')
(NULL, d) OVERLAPS (date '2024-02-29', date '2024-02-28')
(d, d) OVERLAPS (date '2024-02-29', date '2024-03-29')
(tm, time '12:00') OVERLAPS (time '11:00', time '12:30')
(tz, tz) OVERLAPS (tz, NULL)
(tz, interval '-1 day') OVERLAPS (tz - interval '1 hour', tz)
-- ends of ranges, rows as JSON
b % -1
s % -1
i % -1
reverse(t || '👨‍👩‍👧 á')
reverse(t)
to_json(tz)
to_json(CASE WHEN id = 4 THEN 'infinity' ELSE tz END)
to_jsonb(CASE WHEN id = 4 THEN '-infinity' ELSE ts END)
to_jsonb(d - 800000)
to_json(ts - interval '3000 years')
array_to_json(ai)
array_to_json(at)
to_json((i, t))
to_jsonb(ROW(i, t, d))
json_build_array(ROW(i, d), 1)
extract(isoyear FROM d - 800000)
to_char(d - 800000, 'YYYY-IYYY YYY YY Y IYY')
date_bin('1 day', CASE WHEN id = 4 THEN 'infinity' ELSE ts END, '2024-01-01'::timestamp)
!date 'infinity' - d
-- products and quotients of numerics of other scales
case when abs(n) < 1000 then n * n / 3 end
n / 3 / 60.0
n / 7 * 2.5
case when u = 0 or abs(u) > 0.001 and u < 1e9 then u * 2 / 3 end
case when u < 1e9 then u * n end
case when u < 1e9 and u > 1e-3 then u * n * 1.5 end
case when abs(n) < 1000 and n <> 0 then (n / 3) / (7 / n) end
case when abs(u) between 0.01 and 1000 then round(u / 3 / u, 9) end
-- char(n)
t::char(3)
v::char(4) || '|'
(n::char(12))::text || '|'
length(t::char(30))
c::char(2)
c::char(8) = c
'ab'::char(4) = 'ab'
i::char
o::char(2)
case when i > 0 then t::char(5) end
-- alternatives
regexp_match(t, '(Hello|abc)')
regexp_match(t, '(World|ABC)\d*')
regexp_match(t, 'b|,')
regexp_match(v, '^(abc|12|x_)')
regexp_replace(t, '(?:l|o)', '0', 'g')
regexp_match(t, '([a-z]+) (?:World|There)')
-- square roots of numerics
sqrt(abs(n))
sqrt(abs(n) * 2)
sqrt(abs(b % 1000000)::numeric(10,0))
sqrt(case when i > 0 then 0.0001 else 2.0000 end)
sqrt(12345678.9)
sqrt(0.000000012)
!sqrt(n)
round(sqrt(abs(n)), 3)
-- zones in texts
'2024-07-01 12:00 PST'::timestamptz
timestamptz '2024-07-01 12:00:00.5 ist'
'2024-07-01 12:00 Europe/Berlin'::timestamptz
'2024-07-01 12:00 CEST'::timestamp
'2024-07-01 12:00 UTC'::timestamptz
tz > '2024-01-01 00:00 PDT'
!'2024-07-01 12:00 bogus'::timestamptz
!(t || '2024-07-01 12:00 bogus')::timestamptz
(case when i > 0 then '2024-07-01 12:00+02' when i = 0 then '2024-07-01 12:00Z' end)::timestamptz
concat(c, '.')
concat_ws('-', c, c)
array_to_string(ARRAY[c], ',')
ARRAY[c]::text
json_build_object(coalesce(c, 'x'), 1)
jsonb_build_object(coalesce(c, 'x'), 1)
to_json(c)
format('%s.', c)
quote_literal(c)
json_build_array(c)
quote_literal(o)
quote_nullable(o)
quote_nullable(c)
format('%L %s', o, o)
format('%L', c)
to_jsonb(ARRAY[c])
jsonb_build_object(coalesce(o, true), 1)
-- reals beside other numbers
coalesce(r, i)
case when o then r else 1 end
case when o then n else r end
greatest(r, b)
array[r, s]
coalesce(r, f)
r in (0.1, 5)
r in (0.1)
r in (0.1, 5::float8)
b in (f, 9223372036854775807)
i in (n, 5, 7)
i in (s, f, 7)
i not in (s, 12)
t in (v, 'abc', c)
r + i
lower(case when o then c else t end) || '|'
lower(case when o then t else c end) || '|'
case when o then c end || '|'
nullif(c, t) || '|'
nullif(v, c) || '|'
nullif(c, 'ab') || '|'
nullif(i, n) / 2
nullif(n, r)
nullif(r, i)
nullif(s, b)
nullif('5', i)
nullif('a', 'b')
-- operators that take their operands for something else
b << 3
b << i
b >> 2
b >> i
b << 63
s << i
i >> i
convert_to(t, 'UTF8') || '\x00ff'
convert_to(t, 'UTF8') || convert_to(v, 'UTF8')
ts + tm
tm + ts
ts - tm
d - tm
iv - tm
tm * 2
tm / 4
iv * '2'
d + s
s + d
t || jb
jb || v
j is distinct from null
j is not distinct from null
jb = null
i + null
null - n
array_replace(ai, 1, b)
array[r] || ai
nullif(v, 'abc')
to_timestamp('12.5')
lpad(t, '7')
left(t, '3')

-- numerics of any size
ln(abs(u) + 1)
log(abs(u) + 1)
log10(abs(n) + 0.5)
log(2, abs(u) + 1)
log(1.5, abs(n) + 2)
power(abs(n) + 1, 0.5)
pow(abs(u) + 1, -2)
(abs(n) + 0.25) ^ 3
sqrt(abs(u))
round(u, 40)
trunc(u / 7, 45)
u * u * u * u * u
u / 3 * 7 / 11
(n / 7) * (7 / nullif(n, 0))
(u / 3)::text
gcd(n, 12.5)
lcm(n, 2.50)
n::numeric(50,20)
u::numeric(60,1)
'1e100'::numeric + n
'NaN'::numeric > u
'-Infinity'::numeric < u
'Infinity'::numeric * nullif(n, 0)
nullif(u, 0) % 1e30
width_bucket(u, 0, 100.5, 7)
to_char(u, '9990.00')
greatest(u, n, 3)
least(u, 0.5)
u IN (0, 1.50, n)
u BETWEEN n AND 10
u = ANY (ARRAY[n, 0.0])
CASE WHEN u <> 0 THEN 1 / u END
coalesce(u, n, 0)
u::float8
round(f::numeric, 3)
i::numeric / 7
to_json(u)
to_jsonb(u / 3)
jsonb_build_array(u, 'NaN'::numeric)
sign(u) * abs(u)
div(u, 0.7)
mod(u, 0.7)
ceil(u) - floor(u)
123456789012345678901234567890123456789012345678901234567890 + n
!1 / (u - u)
!ln(u - u)
!sqrt(-1 - abs(u))
!(abs(u) + 99)::numeric(2,1)
!log(1, abs(u) + 1)
