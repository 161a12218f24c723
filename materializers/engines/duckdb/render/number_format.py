"""Renders `to_char(number, pattern)`."""

from __future__ import annotations

import re

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply, text_literal
from materializers.sql.types.sql_type import DIGITS_MAX, as_numeric, numeric


def formatted_number(node: Apply) -> str:
    """`node.options`: the pattern before and after the point, and whether it is padded."""
    value, (whole, fraction, is_filled) = node.arguments[0], node.options
    scale = len(str(fraction))
    source = as_numeric(value.type)
    rounded = words_of(value.cast(source))
    if scale < source.scale:
        rounded = f"round({rounded}, {scale})"
    stored = stored_type(numeric(DIGITS_MAX, scale))
    parts = {
        "t": f"CAST(abs(CAST({rounded} AS {stored})) AS VARCHAR)",
        "s": f"CASE WHEN CAST({rounded} AS {stored}) < 0 THEN '-' ELSE ' ' END",
    }
    struct = ", ".join(f"'{name}': {sql}" for name, sql in parts.items())
    text = _text(str(whole), str(fraction), bool(is_filled))
    shown = f"list_transform([{{{struct}}}], lambda p: {text})[1]"
    sql = f"CASE WHEN {words_of(value)} IS NOT NULL THEN {shown} END"
    return f"CAST({sql} AS {stored_type(node.type)})"


def _text(whole: str, fraction: str, is_filled: bool) -> str:
    places = len(whole.replace(",", ""))
    forced = len(whole.replace(",", "").lstrip("9"))
    digits = "split_part(p.t, '.', 1)"
    shown = digits
    if fraction:
        # a zero before the point is left out if there are digits after it
        nothing = "" if is_filled else f"length({_decimals(fraction, is_filled)[4:]}) > 1 AND "
        shown = f"CASE WHEN {nothing}{digits} = '0' THEN '' ELSE {digits} END"
    padded = f"lpad({shown}, CAST(greatest({forced}, length({shown})) AS INTEGER), '0')"
    grouped = f"list_transform([{padded}], lambda d: {_grouped(whole)})[1]"
    body = f"{grouped}{_decimals(fraction, is_filled)}"
    full = f"{whole}.{fraction}" if fraction else whole
    too_long = text_literal(re.sub("[90]", "#", full))
    sign = "p.s" if is_filled else "trim(p.s)"
    fitting = f"lpad({sign} || {body}, {len(full) + 1}, ' ')" if is_filled else f"{sign} || {body}"
    return f"CASE WHEN length({digits}) > {places} THEN {sign} || {too_long} ELSE {fitting} END"


def _grouped(whole: str) -> str:
    """The digits `d` with the pattern's commas, as far as there are digits."""
    rights = [len(whole[i:].replace(",", "")) for i, c in enumerate(whole) if c == ","]
    bounds = [*rights, 0]
    parts, above = [], None
    for low in bounds:
        size = "length(d)" if above is None else f"least({above}, length(d))"
        piece = f"right(left(d, length(d) - {low}), {size} - {low})"
        comma = " || ','" if low else ""
        parts.append(f"CASE WHEN length(d) > {low} THEN {piece}{comma} ELSE '' END")
        above = low
    return " || ".join(parts)


def _decimals(fraction: str, is_filled: bool) -> str:
    if not fraction:
        return ""
    digits = "split_part(p.t, '.', 2)"
    if is_filled:
        return f" || '.' || {digits}"
    digits_min = fraction.rfind("0") + 1
    return f" || '.' || left({digits}, {digits_min}) || rtrim({digits}[{digits_min + 1}:], '0')"
