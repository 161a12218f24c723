"""A function in FROM: the rows that it returns for each row before it.

Its columns are named as in PostgreSQL (parse_relation.c, addRangeTableEntryForFunction and
chooseScalarFunctionAlias). A function that reads no row before it is a relation by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlglot import exp

from materializers.sql.alias import renamed_fields
from materializers.sql.expressions.translator import Translator
from materializers.sql.functions.call import Call
from materializers.sql.functions.record_sets import RECORD_FUNCTIONS, record_columns
from materializers.sql.functions.sets import SetColumn
from materializers.sql.planned import Queries
from materializers.sql.relations.expand import Expand
from materializers.sql.relations.relation import Column, Relation
from materializers.sql.scope import Entry, Field
from materializers.sql.types.expression import Apply, Constant, Expression
from materializers.sql.types.sql_type import BIGINT, array_of


def is_function(node: exp.Expr) -> bool:
    """Whether an entry of FROM is a function, or several in ROWS FROM."""
    if isinstance(node, exp.Lateral):
        return not isinstance(node.this, exp.Subquery)
    return isinstance(node, exp.Table) and bool(
        node.args.get("rows_from") or isinstance(node.this, exp.Anonymous)
    )


def reads_rows(node: exp.Expr) -> bool:
    """Whether a function's arguments contain columns or queries."""
    return any(call.find(exp.Column, exp.Query) is not None for call in _calls(node))


def _calls(node: exp.Expr) -> list[exp.Expr]:
    return [each.this for each in node.args.get("rows_from") or [node]]


class FunctionEntry:
    """One entry. `translate`: over the entries before it. `is_left`: LEFT JOIN. Raises ViewError
    for an unknown function."""

    def __init__(
        self, planner: Queries, node: exp.Expr, translate: Translator, is_left: bool
    ) -> None:
        self.is_left = is_left
        self.planner = planner
        self.node = node
        self.translate = translate
        self.columns: list[tuple[str, SetColumn]] = []
        self._place = SetColumn(Constant(None), BIGINT, "", False, True)
        calls = _calls(node)
        for call in calls:
            self._add(call, is_alone=len(calls) == 1)
        self._is_scalar = len(self.columns) == 1 and not node.args.get("ordinality")

    def _add(self, node: exp.Expr, *, is_alone: bool) -> None:
        if not isinstance(node, exp.Anonymous):
            raise self.translate.fail(
                f"{node.sql(dialect='postgres')} in FROM is not supported", node
            )
        name = str(node.this).lower()
        returned = self._returned(name, node)
        alias = self.node.alias if is_alone and len(returned) == 1 else ""
        for column in returned:
            if (len(returned) > 1 and not column.name) or not is_alone:
                column = replace(column, nullable=True, is_unique=False)
            self.columns.append((column.name or alias or name, column))

    def _returned(self, name: str, node: exp.Anonymous) -> Sequence[SetColumn]:
        sets = self.planner.functions.sets
        if name not in sets and name not in RECORD_FUNCTIONS:
            value = self.translate(node)
            alone = Apply("only element", (value,), array_of(value.type), False)
            return [SetColumn(alone, value.type, "", value.nullable, True)]
        values = tuple(self.translate(each) for each in node.expressions)
        call = Call(name, values, lambda message: self.translate.fail(message, node))
        if name in sets:
            return sets[name](call)
        alias = self.node.args.get("alias")
        return record_columns(call, list(alias.columns) if alias is not None else [])

    def joined(
        self, left: Relation, on: Callable[[Entry], Expression | None] | None = None
    ) -> tuple[Relation, Entry]:
        """Each row of `left` with each row that the functions return for it. `on`: makes the
        condition of a LEFT JOIN, given the entry's names."""
        added, fields = self._made()
        entry = self._entry(fields)
        values = tuple(column.list for _, column in self.columns)
        places = Apply("positions", values, array_of(BIGINT), False)
        unique = tuple(
            frozenset([made.name])
            for made, (_, column) in zip(added, self._listed(), strict=True)
            if column.is_unique
        )
        lists = (*values, places)
        test = on(entry) if self.is_left and on is not None else None
        return Expand(left, added, lists, unique, self.is_left, test), entry

    def _made(self) -> tuple[tuple[Column, ...], tuple[Field, ...]]:
        alias = self.planner.unique(self.node.alias or self.columns[0][0])
        added: list[Column] = []
        fields: list[Field] = []
        for name, column in self._listed():
            kind, nullable = column.type, column.nullable or self.is_left
            place = "#place" if column is self._place else f"{len(added)}.{name}"
            added.append(Column(f"{alias}.{place}", kind, nullable))
            fields.append(Field(name, added[-1].name, kind, nullable))
        if not self.node.args.get("ordinality"):
            fields.pop()
        return tuple(added), tuple(fields)

    def _listed(self) -> list[tuple[str, SetColumn]]:
        """The columns, and the row's number within its call. The number is always there: it breaks
        ties in the order of an aggregate."""
        return [*self.columns, ("ordinality", self._place)]

    def _entry(self, fields: tuple[Field, ...]) -> Entry:
        alias = self.node.alias or self.columns[0][0]
        if not self.node.alias and self.columns[0][1].name:
            alias = str(_calls(self.node)[0].this).lower()
        fields = renamed_fields(self.planner.source, self.node, fields)
        return Entry(alias, fields, is_scalar=self._is_scalar)
