"""LIKE and regular expressions in the row engine: random patterns over texts that try them, and
PostgreSQL's answer each time."""

from __future__ import annotations

import random

import pytest

from materializers.engines.rows.scalar import compiled
from materializers.engines.rows.type_io import output_of
from materializers.sql.types.expression import Apply, ColumnRef
from materializers.sql.types.posix_pattern import (
    groups,
    is_unambiguous,
    matches_nothing,
    translated,
)
from materializers.sql.types.sql_type import TEXT, array_of
from tests.oracle.answering import Call, Row, Server, literal, unlike

TEXTS = (
    "", "a", "b", "ab", "aab", "abc", "Abc", "ABC", "a\nb", "a.b", "a b", "  ", "abcabc", "xaby",
    "1a2", "é", "É", "ÄÖü", "ß", "日本", "a,b,,c", "_", "%", "a_b%c", "\\", "a\\b", "aaa", "b\na",
    "K", "\u212a", "k", "ſ", "s", "İ", "i", "ı", "I", "\t", "\r\n", "ba-]^[", "a1b22c333", "\xa0",
    "\u2028", "Σς", "ǅ", "ǆ",
)  # fmt: skip
_PIECES = (
    "a", "b", "c", "A", ".", "é", "\\d", "\\s", "\\S", "\\D", "[ab]", "[^ab]", "[a-c]", "#", " ",
    "[[:digit:]]", "[[:space:]]", "[^[:blank:]]", "[]a]", "[^]a]", "[a\\-]", "[\\d_]", "^", "$",
    "\\A", "\\Z", "\\.", "\\\\", "-", "日", "[é-ü]", "[|&~-]", "[a-c-]", "\\n", "[\\]]", "k", "s",
    "i", "[A-Z]", "\\-", "\\_", "\\é", "[h-s]", "[^A-Z]",
)  # fmt: skip
_QUANTIFIERS = ("*", "+", "?", "{2}", "{1,2}", "{0,}", "*?", "+?", "??", *[""] * 9)
_LIKE_SIGNS = "ab%_\\é.A日 "
PATTERNS, ROWS = 150, 8


def _pattern(choose: random.Random, depth: int = 0) -> str:
    parts = []
    for _ in range(choose.randrange(1, 4)):
        part = choose.choice(_PIECES)
        if choose.random() < 0.2 and depth < 2:
            part = f"{choose.choice(['(', '(?:'])}{_pattern(choose, depth + 1)})"
        parts.append(part + choose.choice(_QUANTIFIERS))
    if choose.random() < 0.15:
        parts += ["|", _pattern(choose, depth + 1)]
    return "".join(parts)


def _constant(text: str) -> str:
    """In a template."""
    return literal(text, "text").replace("{", "{{").replace("}", "}}")


@pytest.mark.parametrize("word", ["like", "ilike", "not like", "not ilike"])
def test_like(word: str, server: Server, choose: random.Random) -> None:
    rows: list[Row] = []
    for _ in range(600):
        pattern = "".join(choose.choice(_LIKE_SIGNS) for _ in range(choose.randrange(5)))
        rows.append((choose.choice(TEXTS), pattern))
    assert not unlike(server, Call(f"{{0}} {word} {{1}}", word, ("text", "text"), ("\\",)), rows)
    call = Call(f"{{0}} {word} {{1}} ESCAPE 'b'", word, ("text", "text"), ("b",))
    assert not unlike(server, call, rows)
    call = Call(f"{{0}} {word} {{1}} ESCAPE ''", word, ("text", "text"), ("",))
    assert not unlike(server, call, rows)


@pytest.mark.parametrize("sign", ["~", "~*"])
def test_texts_match(sign: str, server: Server, choose: random.Random) -> None:
    for pattern in _patterns(choose):
        call = Call(f"{{0}} {sign} {_constant(pattern)}", sign, ("text",), (pattern,))
        assert not unlike(server, call, _rows(choose))


def _patterns(choose: random.Random) -> list[str]:
    made = [_pattern(choose) for _ in range(PATTERNS)]
    return [pattern for pattern in made if translated(pattern) is not None]


def _rows(choose: random.Random) -> list[Row]:
    return [*((text,) for text in choose.sample(TEXTS, ROWS)), (None,)]


@pytest.mark.parametrize("flags", ["", "i"])
def test_matches_are_taken(flags: str, server: Server, choose: random.Random) -> None:
    for pattern in filter(is_unambiguous, _patterns(choose)):
        written = _constant(pattern)
        found = [
            Call(f"regexp_match({{0}}, {written}, '{flags}')", "regexp_match", ("text",),
                 (pattern, flags)),
            Call(f"regexp_like({{0}}, {written}, '{flags}')", "regexp_like", ("text",),
                 (pattern, flags)),
        ]  # fmt: skip
        if not flags:
            found.append(Call(f"regexp_substr({{0}}, {written})", "regexp_substr", ("text",),
                              (pattern, 0)))  # fmt: skip
            found.append(Call(f"regexp_count({{0}}, {written})", "regexp_count", ("text",),
                              (pattern,)))  # fmt: skip
        if not flags and not groups(pattern):
            name = "regexp_split_to_array"
            found.append(Call(f"{name}({{0}}, {written})", name, ("text",), (pattern,)))
        for call in found:
            assert not unlike(server, call, _rows(choose))


@pytest.mark.parametrize("flags", ["", "g", "gi"])
def test_matches_are_replaced(flags: str, server: Server, choose: random.Random) -> None:
    for pattern in filter(is_unambiguous, _patterns(choose)):
        for new in ("<\\&>\\\\", "[\\1]") if groups(pattern) else ("<\\&>\\\\",):
            sql = f"regexp_replace({{0}}, {_constant(pattern)}, {_constant(new)}, '{flags}')"
            call = Call(sql, "regexp_replace", ("text",), (pattern, flags, new))
            assert not unlike(server, call, _rows(choose))


def test_all_matches_are_rows(server: Server, choose: random.Random) -> None:
    """Each in its groups; shown as one text here, as there are no arrays of arrays."""
    for pattern in filter(is_unambiguous, _patterns(choose)):
        if matches_nothing(pattern) or groups(pattern):
            continue
        sql = f"array(SELECT m[1] FROM regexp_matches({{0}}, {_constant(pattern)}, 'g') AS m)"
        for (text,) in _rows(choose)[:-1]:
            (expected,) = server.answers([sql.format(literal(text, "text"))])
            node = Apply("regexp_matches", (ColumnRef("c0", TEXT),), array_of(array_of(TEXT)),
                         True, (pattern, "g"))  # fmt: skip
            (found,) = compiled([node], ["c0"])((text,))
            assert output_of(array_of(TEXT))(tuple(each for (each,) in found)) == expected
