"""Rules of expressions over values that are given: what node they make, and what they refuse."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import sqlglot
from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.expressions.rules import EXPRESSION_RULES
from materializers.sql.expressions.translating import Merge
from materializers.sql.place import Source
from materializers.sql.printing.expressions import Printer
from materializers.sql.printing.said import Said
from materializers.sql.relations.relation import Relation
from materializers.sql.scope import Scope
from materializers.sql.types.expression import ColumnRef, Constant, Expression
from materializers.sql.types.sql_type import BOOLEAN, INTEGER, TEXT, SqlType, common
from tests.contracts.view_builder_contract import view

COLUMNS = {"i": INTEGER, "j": INTEGER, "t": TEXT, "b": BOOLEAN}


class GivenValues:
    """`Translating` that knows columns and literals alone."""

    scope = Scope()

    def __init__(self, columns: Mapping[str, SqlType]) -> None:
        self.columns = columns

    def __call__(self, node: exp.Expr) -> Expression:
        if isinstance(node, exp.Literal):
            return Constant(node.name) if node.is_string else Constant(node.name, INTEGER)
        assert isinstance(node, exp.Column)
        return ColumnRef(node.name, self.columns[node.name])

    def fail(self, message: str, node: exp.Expr, *, fix: str = "") -> ViewError:
        return Source.of(view("v", "SELECT 1")).error(message, fix=fix)

    def boolean(self, node: exp.Expr, where: str) -> Expression:
        value = self(node)
        if value.type != BOOLEAN:
            raise self.fail(f"argument of {where} must be boolean", node)
        return value

    def unify(
        self, values: list[Expression], node: exp.Expr, what: str, into: Merge = common
    ) -> tuple[SqlType, list[Expression]]:
        kind = into(values[0].type, values[-1].type)
        if kind is None:
            raise self.fail(f"{what} cannot match {values[0].type.name}", node)
        return kind, [value.cast(kind) for value in values]

    def call(self, name: str, arguments: list[exp.Expr], node: exp.Expr) -> Expression:
        raise AssertionError("no rule here calls a function")

    def subquery(self, node: exp.Expr, scope: Scope, /) -> Relation:
        raise AssertionError("no rule here has a nested SELECT")


def _made(sql: str) -> str:
    node = sqlglot.parse_one(sql, dialect="postgres")
    found = EXPRESSION_RULES[type(node)](GivenValues(COLUMNS), node)
    return Printer(lambda name: Said(name)).text(found)


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ("i IN (1, 2)", "i in (1, 2)"),
        ("t LIKE 'a%'", "t like 'a%'"),
        ("i BETWEEN 1 AND j", "i >= 1 and i <= j"),
        ("CASE WHEN b THEN i ELSE j END", "case when b then i else j end"),
        ("i = j", "i = j"),
        ("t IS DISTINCT FROM 'x'", "t is distinct from 'x'"),
    ],
)
def test_what_a_rule_makes(sql: str, made: str) -> None:
    assert _made(sql) == made


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("i LIKE 'a%'", "LIKE"),
        ("CASE WHEN i THEN 1 END", "must be boolean"),
        ("b IN (i, 1)", "cannot match"),
    ],
)
def test_what_a_rule_refuses(sql: str, message: str) -> None:
    with pytest.raises(ViewError, match=message):
        _made(sql)
