"""IS, BETWEEN, IN, LIKE and regular expressions (manual, "Comparison Functions and Operators",
"Pattern Matching")."""

from __future__ import annotations

import re
from typing import Protocol

from sqlglot import exp

from materializers.errors import ViewError
from materializers.plan.expression import Expression, text_literal
from materializers.plan.scope import Scope
from materializers.plan.sql_type import BOOLEAN, TEXT, UNKNOWN, SqlType


class Translating(Protocol):
    """What a rule asks of the translator."""

    @property
    def scope(self) -> Scope:
        """What names mean."""

    def __call__(self, node: exp.Expr) -> Expression:
        """Translate a node."""

    def fail(self, message: str, node: exp.Expr, *, fix: str = "") -> ViewError:
        """An error that points at a node."""

    def unify(
        self, values: list[Expression], node: exp.Expr, what: str
    ) -> tuple[SqlType, list[str]]:
        """Values in the one type they share."""

    def subquery(self, node: exp.Expr, scope: Scope, /) -> tuple[str, tuple[SqlType, ...]]:
        """SQL and column types of a nested SELECT."""


def is_(translate: Translating, node: exp.Is) -> Expression:
    value, what = translate(node.this), node.expression
    word = "IS NOT" if node.args.get("negate") else "IS"
    if isinstance(what, exp.Null):
        return Expression(f"({value.sql} {word} NULL)", BOOLEAN, False)
    if isinstance(what, exp.Boolean):
        truth = "TRUE" if what.this else "FALSE"
        return Expression(f"({value.sql} {word} {truth})", BOOLEAN, False)
    raise translate.fail("this form of IS is not supported", node)


def between_(translate: Translating, node: exp.Between) -> Expression:
    values = [translate(node.this), translate(node.args["low"]), translate(node.args["high"])]
    _, (value, low, high) = translate.unify(values, node, "BETWEEN")
    return Expression(
        f"({value} BETWEEN {low} AND {high})", BOOLEAN, any(v.nullable for v in values)
    )


def in_(translate: Translating, node: exp.In) -> Expression:
    value = translate(node.this)
    if (query := node.args.get("query")) is not None:
        sql, types = translate.subquery(query, translate.scope)
        if len(types) != 1:
            raise translate.fail("subquery has too many columns", node)
        return Expression(f"({value.sql} IN ({sql}))", BOOLEAN, True)
    values = [value, *(translate(item) for item in node.expressions)]
    _, (first, *rest) = translate.unify(values, node, "IN")
    nullable = any(v.nullable for v in values)
    return Expression(f"({first} IN ({', '.join(rest)}))", BOOLEAN, nullable)


def _text(translate: Translating, node: exp.Expr, what: str) -> Expression:
    value = translate(node)
    if not value.type.is_text and value.type != UNKNOWN:
        raise translate.fail(f"{what} needs text, not {value.type.name}", node)
    return value.cast(TEXT)


def like_(translate: Translating, node: exp.Binary) -> Expression:
    word = "ILIKE" if isinstance(node, exp.ILike) else "LIKE"
    word = f"NOT {word}" if node.args.get("negate") else word
    left, right = _text(translate, node.this, word), _text(translate, node.expression, word)
    sql = f"({left.sql} {word} {right.sql} ESCAPE '\\')"
    return Expression(sql, BOOLEAN, left.nullable or right.nullable)


def regexp_(translate: Translating, node: exp.RegexpLike) -> Expression:
    pattern = translate(node.expression).literal
    if pattern is None or not re.fullmatch(r"[\w\s^$.*+?|()\[\]\-,:;/@#%&=<>!'\"]*", pattern):
        raise translate.fail(
            "~ is supported with a constant pattern of plain characters and ^ $ . * + ? | ( )"
            " [ ] only",
            node,
        )
    value = _text(translate, node.this, "~")
    sql = f"regexp_matches({value.sql}, {text_literal(pattern)}, 's')"
    return Expression(sql, BOOLEAN, value.nullable)
