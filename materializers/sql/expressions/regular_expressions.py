"""`~` and SIMILAR TO (manual, "Pattern Matching")."""

from __future__ import annotations

import re

from sqlglot import exp

from materializers.sql.expressions.translating import Translating
from materializers.sql.types.expression import Constant, Expression, boolean
from materializers.sql.types.posix_pattern import translated
from materializers.sql.types.sql_type import BOOLEAN, CITEXT, TEXT, UNKNOWN


def _constant_pattern(translate: Translating, node: exp.Binary, word: str) -> str:
    pattern = translate(node.expression).literal
    if pattern is None:
        raise translate.fail(f"{word} is supported with a constant pattern only", node)
    if translated(pattern) is None:
        raise translate.fail(
            f"the pattern {pattern!r} may not mean the same in both engines", node,
            fix=r"leave out back-references, lookaround, embedded options, \w, \m, \M, \y",
        )  # fmt: skip
    return pattern


def _tested(translate: Translating, node: exp.Expr, word: str) -> Expression:
    value = translate(node)
    if not value.type.is_text and value.type != UNKNOWN:
        raise translate.fail(f"{word} needs text, not {value.type.name}", node)
    return value.cast(TEXT)


def matches_(translate: Translating, node: exp.Binary) -> Expression:
    """`text ~ pattern`, `text ~* pattern`."""
    word = "~*" if isinstance(node, exp.RegexpILike) else "~"
    value = _tested(translate, node.this, word)
    word = "~*" if translate(node.this).type == CITEXT else word
    if isinstance(node.expression, exp.Null):
        return Constant(None, BOOLEAN)
    return boolean(word, value, options=(_constant_pattern(translate, node, word),))


def similar_(translate: Translating, node: exp.Binary) -> Expression:
    """`text SIMILAR TO pattern`."""
    value, pattern = _tested(translate, node.this, "SIMILAR TO"), translate(node.expression).literal
    word = "~*" if translate(node.this).type == CITEXT else "~"
    if pattern is None or not re.fullmatch(r"[^\\^$\[\]]*", pattern):
        raise translate.fail(
            "SIMILAR TO is supported with a constant pattern without brackets and escapes", node
        )
    parts = {"%": ".*", "_": ".", ".": r"\."}
    inner = "".join(parts.get(c, c) for c in pattern)
    if translated(inner) is None:
        raise translate.fail(f"the pattern {pattern!r} is not supported", node)
    return boolean(word, value, options=(f"^(?:{inner})$",))
