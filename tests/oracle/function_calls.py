"""Calls of every function of the registry over the columns of `edges.py`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.edges import COPIES, EDGES, column
from tests.views.source import Connection

WITH_SYNTAX = {
    "coalesce": ["coalesce({integer_0}, {integer_1})", "coalesce({text_0}, {text_1})"],
    "nullif": ["nullif({integer_0}, {integer_1})", "nullif({text_0}, {text_1})"],
    "greatest": ["greatest({numeric_0}, {numeric_1})", "greatest({date_0}, {date_1})"],
    "concat": ["concat({text_0}, {text_1})"],
    "concat_ws": ["concat_ws({text_0}, {text_1}, {text_2})"],
    "convert_to": ["convert_to({text_0}, 'UTF8')"],
    "format": ["format('%s-%s', {text_0}, {text_1})"],
    "json_extract_path": ["json_extract_path({json_0}, 'a')"],
    "json_extract_path_text": ["json_extract_path_text({json_0}, 'a')"],
    "jsonb_extract_path": ["jsonb_extract_path({jsonb_0}, 'a')"],
    "jsonb_extract_path_text": ["jsonb_extract_path_text({jsonb_0}, 'a')"],
    "jsonb_insert": ["jsonb_insert({jsonb_0}, '{{0}}', '1')"],
    "jsonb_set": ["jsonb_set({jsonb_0}, '{{a}}', '1')"],
    "jsonb_strip_nulls": ["jsonb_strip_nulls({jsonb_0})"],
    "array_length": ["array_length({integers_0}, 1)"],
    "array_lower": ["array_lower({integers_0}, 1)"],
    "array_upper": ["array_upper({texts_0}, 1)"],
    "make_interval": ["make_interval(days => {integer_0} % 1000)"],
    "make_timestamp": ["make_timestamp({integer_0}, {integer_1}, 1, 0, 0, {double_precision_2})"],
    "make_timestamptz": [
        "make_timestamptz(2024, {integer_1}, 1, 0, 0, 0)",
        "make_timestamptz(2024, {integer_1}, 1, 0, 0, 0, 'PST')",
    ],
    "num_nonnulls": ["num_nonnulls({integer_0}, {text_1})"],
    "num_nulls": ["num_nulls({integer_0}, {text_1})"],
    "trim": ["trim({text_0})", "trim(both {text_1} from {text_0})"],
    "width_bucket": ["width_bucket({numeric_0}, {numeric_1}, {numeric_2}, 7)"],
    "least": ["least({double_precision_0}, {double_precision_1})", "least({text_0}, {text_1})"],
}
"""Calls of functions that PostgreSQL's catalogue does not list."""
FIELDS = (
    "century", "day", "decade", "dow", "doy", "epoch", "hour", "isodow", "isoyear",
    "microseconds", "millennium", "milliseconds", "minute", "month", "quarter", "second", "week",
    "year",
)  # fmt: skip
PATTERNS = (
    "regexp_match", "regexp_substr", "regexp_like", "regexp_count", "regexp_instr",
    "regexp_split_to_array",
)  # fmt: skip
CONSTANTS: dict[str, dict[int, tuple[str, ...]]] = {
    "date_trunc": {0: ("'month'", "'hour'", "'decade'")},
    "date_part": {0: tuple(f"'{field}'" for field in FIELDS)},
    "to_char": {1: ("'999D9'", "'YYYY-MM-DD HH24:MI'")},
    "to_date": {1: ("'YYYY-MM-DD'",)}, "to_timestamp": {1: ("'YYYY-MM-DD'",)},
    "round": {1: ("1", "-1")}, "trunc": {1: ("1", "-1")},
    "encode": {1: ("'hex'", "'base64'")}, "decode": {1: ("'hex'",)},
    "regexp_replace": {1: ("'a'",), 2: ("'x'",), 3: ("'g'",)},
    "date_bin": {2: ("timestamp '2000-01-01'",)},
    **{name: {1: ("'[ab]'",), 2: ("'i'",)} for name in PATTERNS},
}  # fmt: skip
"""Arguments that must be constants, by place."""
UNTRIED = frozenset({"row_to_json", "enum_first", "enum_last", "enum_range"})
"""Functions whose arguments are not to be made here; expressions.sql has them, or a view's case."""
_SIGNATURES = """
SELECT DISTINCT array(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) t)
FROM pg_proc p WHERE proname = %s AND pronamespace = 'pg_catalog'::regnamespace
  AND prokind = 'f' AND NOT proretset AND provariadic = 0 ORDER BY 1
"""
_ANY = {"anyarray": "integer[]", "anyelement": "integer", "anycompatiblearray": "integer[]",
        "anycompatible": "integer", "any": "text", '"any"': "text"}  # fmt: skip
ATTEMPT = """
CREATE FUNCTION attempt(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE found text; BEGIN EXECUTE query INTO found; RETURN found;
EXCEPTION WHEN OTHERS THEN RETURN '#error ' || SQLERRM; END $$
"""
"""A function that gives the text of a query's only value, `#error` and why where there is none."""


def is_error(text: str | None) -> bool:
    """Whether that is what `attempt` says of a failure."""
    return text is not None and text.startswith("#error ")


def calls(connection: Connection, name: str) -> Iterator[str]:
    """Calls with columns of each signature, and with the constants that it needs."""
    names = {column(kind, copy): column(kind, copy) for kind in EDGES for copy in range(COPIES)}
    yield from (template.format(**names) for template in WITH_SYNTAX.get(name, ()))
    for (kinds,) in connection.execute(_SIGNATURES, [name]).fetchall():
        kinds = [_ANY.get(kind, kind) for kind in kinds]
        if len(kinds) > COPIES or not all(kind in EDGES for kind in kinds):
            continue
        constants = CONSTANTS.get(name, {})
        arguments = [[column(kind, copy)] for copy, kind in enumerate(kinds)]
        for place, texts in constants.items():
            if place < len(kinds):
                arguments[place] = list(texts)
        longest = max((len(texts) for texts in arguments), default=1)
        for turn in range(longest):
            listed = ", ".join(texts[turn % len(texts)] for texts in arguments)
            yield f"{name}({listed})"
