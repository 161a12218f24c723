"""Renders `to_char(timestamp, pattern)`."""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.sql.types.expression import Apply, text_literal
from materializers.sql.types.sql_type import TIMESTAMP

_NUMBERS = {
    "YYYY": ("abs(pg_year({0}))", 4), "YYY": ("abs(pg_year({0})) % 1000", 3),
    "YY": ("abs(pg_year({0})) % 100", 2), "Y": ("abs(pg_year({0})) % 10", 1),
    "IYYY": ("abs(pg_isoyear({0}))", 4), "IYY": ("abs(pg_isoyear({0})) % 1000", 3),
    "IY": ("abs(pg_isoyear({0})) % 100", 2), "I": ("abs(pg_isoyear({0})) % 10", 1),
    "MM": ("month({0})", 2),
    "DD": ("day({0})", 2), "DDD": ("dayofyear({0})", 3),
    "IDDD": ("(weekofyear({0}) - 1) * 7 + isodow({0})", 3), "D": ("dayofweek({0}) + 1", 1),
    "ID": ("isodow({0})", 1), "WW": ("(dayofyear({0}) - 1) // 7 + 1", 2),
    "W": ("(day({0}) - 1) // 7 + 1", 1), "IW": ("weekofyear({0})", 2), "Q": ("quarter({0})", 1),
    "CC": ("pg_century(year({0}), 100)", 2), 
    "J": ("CAST(julian(date_trunc('day', {0})) AS BIGINT)", 1),
    "HH24": ("hour({0})", 2), "HH12": ("(hour({0}) + 11) % 12 + 1", 2),
    "HH": ("(hour({0}) + 11) % 12 + 1", 2), "MI": ("minute({0})", 2), "SS": ("second({0})", 2),
    "MS": ("microsecond({0}) % 1000000 // 1000", 3), "US": ("microsecond({0}) % 1000000", 6),
    "SSSSS": ("hour({0}) * 3600 + minute({0}) * 60 + second({0})", 1),
    "SSSS": ("hour({0}) * 3600 + minute({0}) * 60 + second({0})", 1),
}  # fmt: skip
_FRACTIONS = ("MS", "US")
"""Fields whose zeros FM does not remove."""
_NAMES = {
    "MONTH": ("monthname({0})", 9), "MON": ("left(monthname({0}), 3)", 3),
    "DAY": ("dayname({0})", 9), "DY": ("left(dayname({0}), 3)", 3),
}  # fmt: skip


def formatted_moment(node: Apply) -> str:
    """`node.options`: fields, and texts after a `'`. NULL for an infinite moment."""
    value = node.arguments[0]
    moment = words_of(value.cast(TIMESTAMP))
    pieces = [
        text_literal(piece[1:]) if piece[0] == "'" else _field(piece, moment)
        for piece in map(str, node.options)
    ]
    return (
        f"CASE WHEN isfinite({words_of(value)}) THEN {' || '.join(pieces) or text_literal('')} END"
    )


def _field(piece: str, moment: str) -> str:
    is_filled = not piece.upper().startswith("FM")
    written = piece if is_filled else piece[2:]
    word = written.upper()
    is_filled = is_filled or word in _FRACTIONS
    if word in _NUMBERS:
        sql, width = _NUMBERS[word]
        number = f"CAST({sql.format(moment)} AS VARCHAR)"
        longest = f"CAST(greatest({width}, length({number})) AS INTEGER)"
        return f"lpad({number}, {longest}, '0')" if is_filled else number
    if word not in _NAMES:
        return _half_of_day(written, moment)
    sql, width = _NAMES[word]
    name = sql.format(moment)
    if written.isupper():
        name = f"upper({name})"
    elif written.islower():
        name = f"lower({name})"
    return f"rpad({name}, {width}, ' ')" if is_filled else name


def _half_of_day(written: str, moment: str) -> str:
    before, after = ("A.M.", "P.M.") if "." in written else ("AM", "PM")
    sql = f"CASE WHEN hour({moment}) < 12 THEN '{before}' ELSE '{after}' END"
    return f"lower({sql})" if written.islower() else f"({sql})"
