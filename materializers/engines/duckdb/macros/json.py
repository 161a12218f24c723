"""Macros over JSON as text.

DuckDB's JSON reader turns fractions into doubles and loses digits. So numbers are turned into
strings that begin with MARK before it reads, and back in its result. A text is split into strings
and the parts between them, so that nothing inside a string is changed.
"""

from __future__ import annotations

MARK = "\ue000#"
"""The prefix of a number's string: a private-use character, which no data should have."""

_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_PARTS = r"""regexp_extract_all(t, '"(?:[^"\\]|\\.)*"|[^"]+')"""


def _between_strings(name: str, parameters: str, outside: str) -> str:
    return (
        f"CREATE OR REPLACE TEMP MACRO {name}({parameters}) AS CASE WHEN t IS NOT NULL THEN"
        f" array_to_string(list_transform({_PARTS},"
        f" lambda p: CASE WHEN p[1] = '\"' THEN p ELSE {outside} END), '') END"
    )


_QUOTED = f"'{_NUMBER}', '\"{MARK}\\0\"', 'g'"
_PLAIN = (
    r"regexp_replace(regexp_replace(p, '(\.\d*?)0+([^\d]|$)', '\1\2', 'g'),"
    r" '\.([^\d]|$)', '\1', 'g')"
)

JSON_MACROS = (
    _between_strings("pg_json_marked", "t", f"regexp_replace(p, {_QUOTED})"),
    # without trailing zeros of numbers, so that equal numbers have equal texts
    _between_strings(
        "pg_json_comparable", "t", f"regexp_replace({_PLAIN}, {_QUOTED})"
    ),
    "CREATE OR REPLACE TEMP MACRO pg_json_unmarked(t) AS"
    f" regexp_replace(t, '\"{MARK}([^\"]*)\"', '\\1', 'g')",
    # as jsonb writes it: a space after : and ,
    _between_strings(
        "pg_json_spaced", "t",
        r"replace(replace(regexp_replace(p, '\s+', '', 'g'), ':', ': '), ',', ', ')",
    ),
    # the value at a path, with all its digits; json_extract suffices where no digits can be lost
    """CREATE OR REPLACE TEMP MACRO pg_json_at(t, path) AS
    CASE WHEN json_type(t, path) IN ('DOUBLE', 'OBJECT', 'ARRAY')
    THEN pg_json_unmarked(CAST(json_extract(pg_json_marked(t), path) AS VARCHAR))
    ELSE CAST(json_extract(t, path) AS VARCHAR) END""",
    """CREATE OR REPLACE TEMP MACRO pg_json_text_at(t, path) AS
    CASE WHEN json_type(t, path) IN ('DOUBLE', 'OBJECT', 'ARRAY')
    THEN pg_json_unmarked(CAST(json_extract(pg_json_marked(t), path) AS VARCHAR))
    ELSE json_extract_string(t, path) END""",
    # a key from a column as a JSON pointer: $."" and $."*" mean other things
    """CREATE OR REPLACE TEMP MACRO pg_json_key(t, k) AS CASE WHEN json_type(t) = 'OBJECT'
    THEN '/' || replace(replace(k, '~', '~0'), '/', '~1') END""",
    # an index from a column as a path: the first and the last element of a jsonb scalar are itself
    """CREATE OR REPLACE TEMP MACRO pg_json_index(t, i) AS CASE
    WHEN i IN (0, -1) AND json_type(t) NOT IN ('OBJECT', 'ARRAY') THEN '$'
    ELSE '$[' || i || ']' END""",
    "CREATE OR REPLACE TEMP MACRO pg_json_type(t) AS CASE json_type(t) WHEN 'OBJECT' THEN 'object'"
    " WHEN 'ARRAY' THEN 'array' WHEN 'VARCHAR' THEN 'string' WHEN 'BOOLEAN' THEN 'boolean'"
    " WHEN 'NULL' THEN 'null' ELSE CASE WHEN t IS NOT NULL THEN 'number' END END",
    "CREATE OR REPLACE TEMP MACRO pg_json_length(t) AS CASE WHEN json_type(t) = 'ARRAY'"
    " THEN CAST(json_array_length(t) AS INTEGER) WHEN t IS NOT NULL"
    " THEN error('cannot get array length of a non-array') END",
    """CREATE OR REPLACE TEMP MACRO pg_json_has_key(t, k) AS CASE json_type(t)
    WHEN 'OBJECT' THEN list_contains(json_keys(t), k)
    WHEN 'ARRAY' THEN list_contains(list_transform(list_filter(json_extract(t, '$[*]'),
      lambda e: json_type(e) = 'VARCHAR'), lambda e: json_extract_string(e, '$')), k)
    WHEN 'VARCHAR' THEN json_extract_string(t, '$') = k
    ELSE CASE WHEN t IS NOT NULL AND k IS NOT NULL THEN false END END""",
)  # fmt: skip

JSONB_MACROS = (
    # written members -> an object: each key once with its last value, in jsonb's order
    """CREATE OR REPLACE TEMP MACRO pg_jsonb_object(l) AS list_transform([list_sort(
    list_transform(l, lambda p, i: {'n': strlen(p.k), 'k': p.k, 'i': i, 'v': p.v}))], lambda s:
    '{' || array_to_string(list_transform(
      list_filter(s, lambda p, i: i = len(s) OR s[i + 1].k <> p.k),
      lambda p: CAST(to_json(p.k) AS VARCHAR) || ': ' || p.v), ', ') || '}')[1]""",
    """CREATE OR REPLACE TEMP MACRO pg_jsonb_members(t) AS list_transform(
    list_zip(json_keys(t), pg_json_values(t)), lambda p: {'k': p[1], 'v': p[2]})""",
)
"""Macros that write a jsonb object as PostgreSQL does (jsonb_util.c). They use SET_MACROS."""
