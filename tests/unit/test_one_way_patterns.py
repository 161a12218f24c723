"""Which patterns match a text in one way, and which of their groups may be absent."""

import pytest

from materializers.sql.types.one_way_pattern import absent_groups


@pytest.mark.parametrize(
    ("pattern", "absent"),
    [
        (r"([0-9]+)(?:\.([0-9]+))?", {2}),
        ("(?:(a)|(b))c", {1, 2}),
        ("(a)+b", set()),
        ("(?:(a),)*b", {1}),
        ("(?:[0-9]|[a-z])+", set()),
        ("https?://([^/:]+)(:[0-9]+)?(/.*)?", {2, 3}),
    ],
)
def test_the_next_character_decides(pattern: str, absent: set[int]) -> None:
    assert absent_groups(pattern) == frozenset(absent)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a|ab)(c|bcd)", "a*a", "(a*)*", "(a+,?)+", "(a|)", "(?:x(a*))?", "((a)|b)+", "a+?",
        "(foo|foobar)", "[^@]+@([^@.]+[.])+[a-z]+", "[a-c]*b", "(a", "k|K",
    ],
)  # fmt: skip
def test_what_may_match_in_several_ways_is_none(pattern: str) -> None:
    assert absent_groups(pattern) is None
