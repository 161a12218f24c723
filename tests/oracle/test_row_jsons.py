"""JSON in the row engine: read, taken apart, built and changed as PostgreSQL does, messages too."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from materializers.sql.types.expression import Apply, ColumnRef
from materializers.sql.types.sql_type import TEXT, SqlType
from tests.oracle.answering import Call, Server, answers, unlike
from tests.oracle.edges import EDGES

_SCALARS = (
    "null", "true", "false", "0", "-0", "-0.0", "1", "1.0", "1.00", "1e2", "1E-3", "-1.50", "1e20",
    "12345678901234567890.123", '""', '"a"', '"b"', '"é"', '"\\u00e9"', '"a\\nb"', '"x\\"y"', '"1"',
    '"\\ud83d\\ude00"', '"\\/"', '"\x7f"', '"key"',
)  # fmt: skip
_KEYS = ('"a"', '"b"', '"key"', '"é"', '"1"', '""', '"aa"', '"a b"', '"n"')
_SPACES = ("", "", " ", "\n ", "\t")
FAULTY = (
    "", "{", "[1,]", '{"a":1,}', "nul", '"', "01", "1.", ".5", "+1", "[1 2]", '{"a" 1}', "{a:1}",
    "'a'", '"\t"', '"\\x"', '"\\u12"', '"\\ud800"', '"\\u0000"', "NaN", "Infinity", "-", "1e",
    "  1  ", "\x0b1", "\xa01", "[]x", '"\\ud800\\u0041"', "1e400000", "1e-20000", "[1,2]]",
    '{"a":"\\u0000"}', '"\x01"',
)  # fmt: skip
KEYS = ("a", "b", "key", "é", "1", "", "n", "zz", "0", "-1", " 1", "+1", "1x", "9" * 5_000)
PLACES = ("0", "1", "-1", "2", "-2", "5", "-5")
LISTS = ('{a,NULL,b}', "{zz}", "{key,1}", "{}", "{NULL}")  # fmt: skip
PATHS: Sequence[tuple[str, ...]] = (
    (), ("a",), ("b", "a"), ("0",), ("1", "a"), ("-1", "0"), ("a", "0", "b"), ("a", "key"),
    (" 1",), ("5",), ("-5",), ("a", "x", "y"), ("a", "-9"), ("zz",), ("2", "1"), ("9" * 5_000,),
)  # fmt: skip
JSONS, JSONBS = ("json",), ("jsonb",)
ROWS = 150


def _json(choose: random.Random, depth: int = 0) -> str:
    kind = choose.random()
    if depth > 3 or kind < 0.3:
        return choose.choice(_SCALARS)
    gap, members = choose.choice(_SPACES), range(choose.randrange(5))
    parts = [_json(choose, depth + 1) for _ in members]
    if kind < 0.6:
        return f"[{gap}{f',{gap}'.join(parts)}{gap}]"
    pairs = [f"{choose.choice(_KEYS)}{gap}:{gap}{part}" for part in parts]
    return f"{{{gap}{f'{gap},{gap}'.join(pairs)}{gap}}}"


def _array(steps: Sequence[str]) -> str:
    listed = ",".join(f"'{step}'" for step in steps)
    return f"ARRAY[{listed}]::text[]"


_WITH_PATH = [
    *(Call(f"{{0}} {sign} {_array(path)}", sign, (kind,), path)
      for sign in ("#>", "#>>") for kind in ("json", "jsonb") for path in PATHS),
    *(Call(f"{{0}} #- {_array(path)}", "#-", JSONBS, path) for path in PATHS),
    *(Call(f"{name}({{0}}, {_array(path)}, {{1}}, {'true' if flag else 'false'})", name,
           ("jsonb", "jsonb"), (flag, *path))
      for name in ("jsonb_set", "jsonb_insert") for flag in (0, 1) for path in PATHS),
]  # fmt: skip
_STEPS = [
    *(Call(f"{{0}} {sign} {{1}}", sign, (kind, step))
      for sign in ("->", "->>") for kind in ("json", "jsonb") for step in ("text", "integer")),
    Call("{0} ? {1}", "?", ("jsonb", "text")),
    Call("{0} ?| {1}", "?|", ("jsonb", "text[]")),
    Call("{0} ?& {1}", "?&", ("jsonb", "text[]")),
    *(Call("{0} - {1}", "jsonb -", ("jsonb", kind)) for kind in ("text", "integer", "text[]")),
    Call("{0} || {1}", "jsonb ||", ("jsonb", "jsonb")),
    Call("{0} @> {1}", "jsonb @>", ("jsonb", "jsonb")),
]  # fmt: skip
_ALONE = [
    Call("{0}", "same", JSONS),
    Call("{0}", "same", JSONBS),
    Call("{0}::jsonb", "to_jsonb", JSONS),
    Call("jsonb_strip_nulls({0})", "jsonb_strip_nulls", JSONBS),
    *(Call(f"{kind}_{name}({{0}})", f"{kind}_{name}", (kind,))
      for kind in ("json", "jsonb") for name in ("typeof", "array_length")),
    *(Call(f"CASE WHEN {{0}} IS NOT NULL THEN (SELECT coalesce(array_agg({column}), '{{{{}}}}')"
           f" FROM {kind}_{function}({{0}}) AS made({listed})) END", name, (kind,))
      for kind in ("json", "jsonb")
      for name, functions, listed, column in (
          ("json elements", ("array_elements", "array_elements_text"), "v", "v"),
          ("json values", ("each", "each_text"), "k, v", "v"),
          ("json_object_keys", ("object_keys",), "k", "k"))
      for function in functions),
]  # fmt: skip
POOLS = {"text": KEYS, "integer": PLACES, "text[]": LISTS}


@pytest.mark.parametrize("call", [*_ALONE, *_STEPS], ids=lambda call: f"{call.sql} {call.kinds}")
def test_json(call: Call, server: Server, choose: random.Random) -> None:
    rows = []
    for _ in range(ROWS):
        jsons = [_json(choose) for _ in call.kinds]
        rows.append(
            tuple(
                choose.choice(POOLS[kind]) if kind in POOLS else json
                for kind, json in zip(call.kinds, jsons, strict=True)
            )
        )
    faulty = [(text, *row[1:]) for text, row in zip(FAULTY, rows, strict=False)]
    assert not unlike(server, call, [*rows, *faulty, tuple([None] * len(call.kinds))])


@pytest.mark.parametrize("call", _WITH_PATH, ids=lambda call: f"{call.name} {call.options}"[:60])
def test_json_at_a_path(call: Call, server: Server, choose: random.Random) -> None:
    rows = [tuple([_json(choose), '"n"'][: len(call.kinds)]) for _ in range(ROWS // 3)]
    assert not unlike(server, call, rows)


def test_jsonb_keys_are_equal_where_values_are(server: Server, choose: random.Random) -> None:
    jsons = [*_SCALARS, "[1]", "[1.0]", '{"a": 1, "b": 2}', '{"b": 2.0, "a": 1.00}', "[]", "{}"]
    jsons += [_json(choose) for _ in range(20)]
    keys = Call("{0}::text", "json key", JSONBS)
    found = answers_of(keys, jsons)
    expected = server.answers(
        [f"'{_quoted(one)}'::jsonb = '{_quoted(two)}'::jsonb" for one in jsons for two in jsons]
    )
    assert expected == [str(one == two).lower() for one in found for two in found]


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def answers_of(call: Call, texts: Sequence[str]) -> list[str | None]:
    node = Apply(call.name, (ColumnRef("c0", SqlType("jsonb")),), TEXT)
    return answers(node, call.kinds, [(text,) for text in texts])


@pytest.mark.parametrize("kind", sorted(EDGES))
def test_values_become_json(kind: str, server: Server) -> None:
    rows = [(text,) for text in (*EDGES[kind], None)]
    for name in ("to_json", "to_jsonb"):
        assert not unlike(server, Call(f"{name}({{0}})", name, (kind,)), rows)
    for name in ("json_build_array", "jsonb_build_array"):
        call = Call(f"{name}({{0}}, {{1}})", name, (kind, kind))
        assert not unlike(server, call, [(row[0], row[0]) for row in rows])
    for name in ("json_build_object", "jsonb_build_object"):
        call = Call(f"{name}({{0}}, {{1}}, {{2}}, {{3}})", name, ("text", kind) * 2, (), name[:-13])
        assert not unlike(server, call, [('a"b', row[0], "é", row[0]) for row in rows])


@pytest.mark.parametrize("depth", [200, 300, 500, 900, 980, 1_000, 5_000])
def test_deep_json_has_its_answer_or_one_error(depth: int, server: Server) -> None:
    """Here the stack ends earlier than the server's."""
    deep, kinds = "[" * depth + "]" * depth, ("jsonb", "jsonb")
    for name, sql in (("jsonb ||", "{0} || {1}"), ("jsonb @>", "{0} @> {1}")):
        call = Call(sql, name, kinds)
        node = Apply(name, tuple(ColumnRef(f"c{i}", SqlType("jsonb")) for i in (0, 1)), TEXT)
        (found,) = answers(node, kinds, [(deep, deep)])
        if found != "#error stack depth limit exceeded":
            assert found is not None
            shown = {"True": "true", "False": "false"}.get(str(found), found)
            assert [shown] == server.answers([call.written((deep, deep))])
        assert depth > 200 or not str(found).startswith("#error")
