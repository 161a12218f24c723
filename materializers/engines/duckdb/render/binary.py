"""Renders functions of bytes, codes and quoting."""

from __future__ import annotations

from collections.abc import Iterator

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings, cast
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply, text_literal


def _octet_length(node: Apply) -> str:
    value = node.arguments[0]
    size = f"{'octet_length' if value.type.name == 'bytea' else 'strlen'}({words_of(value)})"
    times = " * 8" if node.name == "bit_length" else ""
    return f"CAST({size}{times} AS {stored_type(node.type)})"


def _encode(node: Apply) -> str:
    value = words_of(node.arguments[0])
    sql = f"lower(hex({value}))"
    if node.options == ("base64",):
        # PostgreSQL breaks lines after 76 characters
        sql = f"regexp_replace(to_base64({value}), '(.{{76}})', '\\1' || chr(10), 'g')"
    return f"CAST({sql} AS {stored_type(node.type)})"


def _decode(node: Apply) -> str:
    text, kind = words_of(node.arguments[0]), stored_type(node.type)
    if node.options == ("base64",):
        return f"CAST(from_base64({text}) AS {kind})"
    # DuckDB would read a missing digit as 0
    digits = rf"regexp_replace({text}, '\s', '', 'g')"
    odd = "error('invalid hexadecimal data: odd number of digits')"
    sql = f"CASE WHEN length({digits}) % 2 = 1 THEN {odd} ELSE unhex({digits}) END"
    return f"CAST({sql} AS {kind})"


def _to_hex(node: Apply) -> str:
    value = node.arguments[0]
    whole = 2**64 if value.type.name == "bigint" else 2**32
    number = f"CAST({words_of(value)} AS HUGEINT)"
    sql = f"CASE WHEN {number} < 0 THEN {number} + {whole} ELSE {number} END"
    return f"CAST(lower(to_hex(CAST({sql} AS UBIGINT))) AS {stored_type(node.type)})"


_CHR = (
    "CASE WHEN {0} < 1"
    " THEN error('requested character too large or null character not permitted')"
    " ELSE chr({0}) END"
)


def _quoted(text: str) -> str:
    """quote_literal: a text as a PostgreSQL literal."""
    inner = f"replace(replace({text}, '''', ''''''), '\\', '\\\\')"
    return f"(CASE WHEN contains({text}, '\\') THEN 'E''' ELSE '''' END || {inner} || '''')"


def _quote(node: Apply) -> str:
    sql = _quoted(words_of(node.arguments[0]))
    if node.name == "quote_nullable":
        return f"coalesce({sql}, 'NULL')"
    return f"CAST({sql} AS {stored_type(node.type)})"


def _format(node: Apply) -> str:
    texts = iter([words_of(each) for each in node.arguments])
    parts = [_formatted(str(piece), texts) for piece in node.options]
    return f"({' || '.join(parts) or text_literal('')})"


def _formatted(piece: str, texts: Iterator[str]) -> str:
    if piece == "%s":
        return f"coalesce({next(texts)}, '')"
    if piece == "%L":
        return f"coalesce({_quoted(next(texts))}, 'NULL')"
    return text_literal(piece[1:])


def _count_nulls(node: Apply) -> str:
    test = "IS NULL" if node.name == "num_nulls" else "IS NOT NULL"
    parts = [f"CAST({words_of(each)} {test} AS INTEGER)" for each in node.arguments]
    return f"({' + '.join(parts)})"


BINARY_WORDS: Renderings = {
    "octet_length": _octet_length,
    "bit_length": _octet_length,
    "encode": _encode,
    "decode": _decode,
    "convert_to": cast("encode({0})"),
    "sha256": cast("unhex(sha256({0}))"),
    "to_hex": _to_hex,
    "ascii": cast("CASE WHEN {0} = '' THEN 0 ELSE unicode({0}) END"),
    "chr": cast(_CHR),
    "quote_literal": _quote,
    "quote_nullable": _quote,
    "format": _format,
    "num_nulls": _count_nulls,
    "num_nonnulls": _count_nulls,
}
