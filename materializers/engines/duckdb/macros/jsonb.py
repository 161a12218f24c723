"""Macros that change jsonb in PostgreSQL's own text (jsonfuncs.c): `||`, `-`, `#-`, jsonb_set."""

from __future__ import annotations

from materializers.engines.duckdb.macros.json import PARTS

_TOKENS = r"""regexp_extract_all(t, '"(?:[^"\\]|\\.)*"(?:: null)?|[^"]+')"""
_WITHOUT_GAPS = (
    r"regexp_replace(regexp_replace(regexp_replace(p, '(, )+', ', ', 'g'), '\{, ', '{', 'g'),"
    r" ', \}', '}', 'g')"
)

JSONB_MACROS = (
    # written members -> an object: each key once with its last value, in jsonb's order
    """CREATE OR REPLACE TEMP MACRO pg_jsonb_object(l) AS list_transform([list_sort(
    list_transform(l, lambda p, i: {'n': strlen(p.k), 'k': p.k, 'i': i, 'v': p.v}))], lambda s:
    '{' || array_to_string(list_transform(
      list_filter(s, lambda p, i: i = len(s) OR s[i + 1].k <> p.k),
      lambda p: CAST(to_json(p.k) AS VARCHAR) || ': ' || p.v), ', ') || '}')[1]""",
    """CREATE OR REPLACE TEMP MACRO pg_jsonb_members(t) AS list_transform(
    list_zip(json_keys(t), pg_json_values(t)), lambda p: {'k': p[1], 'v': p[2]})""",
    "CREATE OR REPLACE TEMP MACRO pg_jsonb_array(l) AS '[' || array_to_string(l, ', ') || ']'",
    # an array's elements as texts; another value is its own only element
    "CREATE OR REPLACE TEMP MACRO pg_jsonb_inside(t) AS"
    " CASE WHEN t[1] = '[' THEN t[2:length(t) - 1] ELSE t END",
    """CREATE OR REPLACE TEMP MACRO pg_jsonb_concat(a, b) AS CASE
    WHEN a IS NULL OR b IS NULL THEN NULL
    WHEN a[1] = '{' AND b[1] = '{' THEN
      CASE WHEN a = '{}' THEN b WHEN b = '{}' THEN a
      ELSE pg_jsonb_object(list_concat(pg_jsonb_members(a), pg_jsonb_members(b))) END
    ELSE '[' || concat_ws(', ', nullif(pg_jsonb_inside(a), ''), nullif(pg_jsonb_inside(b), ''))
      || ']' END""",
    # without these keys of an object, or these text elements of an array
    """CREATE OR REPLACE TEMP MACRO pg_jsonb_without(t, l) AS CASE WHEN l IS NULL THEN NULL
    WHEN t[1] = '{' THEN pg_jsonb_object(
      list_filter(pg_jsonb_members(t), lambda p: NOT list_contains(l, p.k)))
    WHEN t[1] = '[' THEN pg_jsonb_array(list_filter(pg_json_elements(t),
      lambda e: NOT (e[1] = '"' AND list_contains(l, json_extract_string(e, '$')))))
    WHEN t IS NOT NULL THEN error('cannot delete from scalar') END""",
    # an index from 0, or negative, as a position from 1 in an array of n; below 1: before the first
    "CREATE OR REPLACE TEMP MACRO pg_jsonb_place(i, n) AS"
    " CASE WHEN i < 0 THEN n + i ELSE i END + 1",
    """CREATE OR REPLACE TEMP MACRO pg_jsonb_without_place(t, i) AS CASE WHEN i IS NULL THEN NULL
    WHEN t[1] = '[' THEN list_transform([pg_json_elements(t)], lambda l: pg_jsonb_array(
      list_filter(l, lambda e, n: n <> pg_jsonb_place(i, len(l)))))[1]
    WHEN t[1] = '{' THEN error('cannot delete from object using integer index')
    WHEN t IS NOT NULL THEN error('cannot delete from scalar') END""",
    # sets one member; a missing one is added if `adds`
    """CREATE OR REPLACE TEMP MACRO pg_jsonb_put(t, name, value, adds) AS CASE
    WHEN adds OR list_contains(json_keys(t), name) THEN
      pg_jsonb_object(list_append(pg_jsonb_members(t), {'k': name, 'v': value})) ELSE t END""",
    """CREATE OR REPLACE TEMP MACRO pg_jsonb_put_at(t, i, value, adds) AS list_transform(
    [pg_json_elements(t)], lambda l: CASE
      WHEN pg_jsonb_place(i, len(l)) BETWEEN 1 AND len(l) THEN pg_jsonb_array(list_transform(l,
        lambda e, n: CASE WHEN n = pg_jsonb_place(i, len(l)) THEN value ELSE e END))
      WHEN NOT adds THEN t WHEN i < 0 THEN pg_jsonb_array(list_prepend(value, l))
      ELSE pg_jsonb_array(list_append(l, value)) END)[1]""",
    # inserts before the element at a position, or after it if `after` is 1
    """CREATE OR REPLACE TEMP MACRO pg_jsonb_insert_at(t, i, value, after) AS list_transform(
    [pg_json_elements(t)], lambda l: list_transform(
      [CASE WHEN pg_jsonb_place(i, len(l)) > len(l) THEN len(l)
       WHEN pg_jsonb_place(i, len(l)) < 1 THEN 0
       ELSE pg_jsonb_place(i, len(l)) - 1 + after END], lambda n:
      pg_jsonb_array(list_concat(list_append(l[1:n], value), l[n + 1:])))[1])[1]""",
    # the value at a key or position; NULL where there is none
    "CREATE OR REPLACE TEMP MACRO pg_jsonb_child(t, path) AS pg_json_spaced(pg_json_at(t, path))",
    f"""CREATE OR REPLACE TEMP MACRO pg_jsonb_strip_nulls(t) AS CASE WHEN t IS NULL THEN NULL ELSE
    list_transform([array_to_string(list_transform({_TOKENS}, lambda p:
      CASE WHEN p[1] = '"' AND ends_with(p, ': null') THEN '' ELSE p END), '')], lambda t:
    array_to_string(list_transform({PARTS}, lambda p:
      CASE WHEN p[1] = '"' THEN p ELSE {_WITHOUT_GAPS} END), ''))[1] END""",
)
