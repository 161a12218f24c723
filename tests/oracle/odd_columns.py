"""Columns of the types and names that are easily got wrong: enums, intervals, padded texts, jsonb,
arrays, citext, numerics without limits, zones; names that differ by case, keywords, names of ours.

Values of one column may be equal and print differently. Which of them a group gives is left open,
so it shows something that is the same for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

TYPES = """
CREATE EXTENSION IF NOT EXISTS citext;
DO $$ BEGIN CREATE TYPE mood AS ENUM ('sad', 'ok', 'Happy', 'a"b');
EXCEPTION WHEN duplicate_object THEN NULL; END $$
"""


@dataclass(frozen=True, slots=True)
class OddColumn:
    """`values`: as literals; `uses`: expressions over `{0}`, of any type; `tests`: conditions;
    `shown`: an expression that is the same for equal values and for no others."""

    kind: str
    type: str
    values: tuple[str, ...]
    uses: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    shown: str = "{0}"


ODD_COLUMNS = {
    "e": OddColumn(
        "enum", "mood", ("'sad'", "'ok'", "'Happy'", "'a\"b'"),
        ("{0}::text", "coalesce({0}, 'ok')", "greatest({0}, 'ok')", "jsonb_build_array({0})"),
        ("{0} > 'ok'", "{0} IN ('sad', 'Happy')", "{0} = 'ok'"),
    ),
    "iv": OddColumn(
        "span", "interval", ("'1 mon'", "'30 days'", "'1 day'", "'24:00'", "'-04:05:06.7'",
                             "'1 year 2 mons'", "'0'"),
        ("{0} * 2", "extract(epoch FROM {0})", "{0} + '1 day'", "justify_hours({0})"),
        ("{0} > '2 days'", "{0} = '0'", "{0} IN ('1 day', '1 mon')"),
        "justify_interval({0})",
    ),
    "c": OddColumn(
        "char", "char(4)", ("'ab'", "'abcd'", "''", "'é'"),
        ("{0} || '!'", "length({0})", "{0}::text", "upper({0})", "{0}::char(2)"),
        ("{0} = 'ab  '", "{0} < 'b'"),
    ),
    "jb": OddColumn(
        "jsonb", "jsonb", ("'{\"a\": 1, \"b\": [1, null]}'", "'[]'", "'null'", "'\"x\"'", "'2.5'",
                           "'2.50'"),
        ("{0} -> 'a'", "{0} ->> 'a'", "{0} #>> '{b,0}'", "jsonb_typeof({0})", "{0}::text",
         "jsonb_build_object('in', {0})"),
        ("{0} = '[]'", "{0} ? 'a'", "{0} @> '{\"a\": 1}'"),
        "replace({0}::text, '2.50', '2.5')",
    ),
    "ar": OddColumn(
        "array", "integer[]", ("'{}'", "'{1,2}'", "'{NULL,3}'", "'{2,1,2}'"),
        ("{0}[1]", "cardinality({0})", "array_to_string({0}, '-', '*')", "{0} || 4",
         "array_remove({0}, 2)", "{0}::text"),
        ("2 = ANY ({0})", "{0} && ARRAY[1, 3]", "{0} < ARRAY[2]"),
    ),
    "ci": OddColumn(
        "citext", "citext", ("'abc'", "'ABC'", "'Déf'", "'DÉF'", "''", "'x y'"),
        ("lower({0})", "{0}::text", "length({0})", "{0} || '!'"),
        ("{0} = 'ABC'", "{0} < 'B'", "{0} IN ('dÉF', 'X Y')", "{0} LIKE 'a%'"),
        "lower({0})",
    ),
    "u": OddColumn(
        "bare", "numeric", ("1.5", "1.50", "-0.000001", "12345678.901", "0", "3", "3.0"),
        ("{0} + 1", "{0} * 2", "round({0}, 2)", "abs({0})"),
        ("{0} > 1", "{0} BETWEEN -1 AND 3", "{0} = 1.5"),
        "round({0}, 8)",
    ),
    "z": OddColumn(
        "zone", "text", ("'UTC'", "'Europe/Berlin'", "'America/New_York'", "'PST'", "'+02'"),
        ("timestamptz '2024-03-31 01:30+00' AT TIME ZONE {0}",
         "timestamp '2024-10-27 02:30' AT TIME ZONE {0}"),
        ("{0} <> 'UTC'",),
    ),
    '"N"': OddColumn("int", "integer", ("1", "2", "3")),
    '"rowid"': OddColumn("int", "bigint", ("1", "2", "3")),
    '"#deleted"': OddColumn("int", "integer", ("0", "1")),
    '"order"': OddColumn("text", "text", ("'a'", "'z'")),
    '"Pivot"': OddColumn("text", "varchar(9)", ("'p'", "'q'")),
    '"a.b ""c"" é"': OddColumn("numeric", "numeric(8,2)", ("1.25", "7.75")),
}  # fmt: skip
ODD_OUTPUTS = (
    ("key0", '"V"', '"rowid"', '"order"'),
    ('"Key"', '"key_#"', '"select"', '"a ""b"" é"'),
    ('"rowid"', '"%s {0}"', '"id/1"', '"K"'),
    ('"#deleted"', '"n"', '"N"', '"#"'),
)
"""Names of a key and three values of a view."""
OF_KIND = {column.kind: column for column in ODD_COLUMNS.values() if column.uses}
OF_KIND["document"] = ODD_COLUMNS["jb"]
"""A view's jsonb, in which equal numbers may print differently in more ways than `shown` knows."""
ODD_KINDS = tuple(kind for kind in OF_KIND if kind != "document")
GROUPED_KINDS = (*ODD_KINDS, "text", "bool")
"""Kinds with an equality, and with something to show of values that are equal."""
SORTED_KINDS = tuple(kind for kind in GROUPED_KINDS if kind != "jsonb")
"""Kinds that can be sorted by; jsonb's order is not supported."""
_ZONED = ("{0} AT TIME ZONE {1}", "date_trunc('day', {0} AT TIME ZONE {1})",
          "({0} AT TIME ZONE {1})::text")  # fmt: skip


def odd_names(random: Random) -> list[str]:
    """A few of them, now and then none."""
    return random.sample(list(ODD_COLUMNS), random.choice((0, 2, 3, 5)))


def odd_uses(columns: list[tuple[str, str]]) -> list[str]:
    """Values over columns of odd kinds, given as SQL and kind."""
    times = [name for name, kind in columns if kind == "time"]
    zones = [name for name, kind in columns if kind == "zone"]
    found = [each.format(time, zone) for each in _ZONED for time in times for zone in zones]
    for name, kind in columns:
        if kind in OF_KIND:
            found += [name, *(each.replace("{0}", name) for each in OF_KIND[kind].uses)]
    return found


def odd_tests(columns: list[tuple[str, str]]) -> list[str]:
    """Conditions over columns of odd kinds."""
    return [
        each.replace("{0}", name)
        for name, kind in columns
        if kind in OF_KIND
        for each in OF_KIND[kind].tests
    ]


def shown(name: str, kind: str) -> str:
    """What a group shows of a column by whose equality it is made."""
    return OF_KIND[kind].shown.replace("{0}", name) if kind in OF_KIND else name


def suffixed(name: str, end: str) -> str:
    """A name with something behind it, within its quotes."""
    return f'{name[:-1]}{end}"' if name.endswith('"') else name + end
