"""USING and NATURAL: the columns that a join merges.

Follows PostgreSQL (parse_clause.c, transformFromClauseItem and buildMergedJoinVar). The merged
column is the left one of an inner or left join, the right one of a right join, and the coalesce of
both of a full join, in their common type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.expressions.translator import Translator
from materializers.sql.joins.joined import Joined
from materializers.sql.place import Source
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import carried
from materializers.sql.scope import Entry, Field, column_names
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.sql_type import SqlType, resulting

_LEFT, _RIGHT = "#left", "#right"


@dataclass(frozen=True, slots=True)
class Using:
    """The names by which one join merges, with the left and the right field of each."""

    source: Source
    join: exp.Join
    names: tuple[exp.Identifier, ...]
    left: tuple[Field, ...]
    right: tuple[Field, ...]

    @classmethod
    def of(cls, source: Source, join: exp.Join, left: Joined, right: Joined) -> Using:
        """The names of a join's USING or NATURAL; none where it has an ON. Raises ViewError for a
        name that a side does not have, or has twice."""
        names = _names(source, join, left, right)
        sides = [
            tuple(_only(source, name, side.columns, word) for name in names)
            for side, word in ((left, "left"), (right, "right"))
        ]
        return cls(source, join, names, *sides)

    def entries(self) -> list[Entry]:
        """Two entries that name the left and right fields, for the conditions."""
        return [Entry(_LEFT, self.left), Entry(_RIGHT, self.right)]

    def conditions(self) -> list[exp.Expr]:
        """An equality for each pair of fields."""
        return [
            exp.EQ(this=_column(name, _LEFT), expression=_column(name, _RIGHT))
            for name in self.names
        ]

    def merged(self, kind: str, joined: Joined, translate: Translator, alias: str) -> Joined:
        """The joined entries with one column for each pair, before the others. `kind`: inner, left,
        right or full; `alias`: unique in the plan."""
        paired = {field.column for field in (*self.left, *self.right)}
        after = {field.column: field for field in joined.columns}
        outputs, columns = [], []
        names = column_names(alias, [name.name for name in self.names])
        for place, (left, right) in enumerate(zip(self.left, self.right, strict=True)):
            both = after[left.column], after[right.column]
            field, value = self._one(self.names[place], kind, both, translate, names[place])
            columns.append(field)
            if value is not None:
                outputs.append((field.column, value))
        rest = [field for field in joined.columns if field.column not in paired]
        relation = joined.relation
        if outputs:
            relation = Map(relation, (*carried(relation), *outputs))
        return Joined(relation, joined.entries, (*columns, *rest))

    def _one(
        self,
        name: exp.Identifier,
        kind: str,
        both: tuple[Field, Field],
        translate: Translator,
        column: str,
    ) -> tuple[Field, Expression | None]:
        """The merged column of a pair. Where it is neither of the two, it is named `column`, and
        its value is returned too."""
        shared, unified = translate.unify(
            [field.as_expression() for field in both],
            name,
            f'JOIN/USING of "{name.name}"',
            resulting,
        )
        merged = _chosen(kind, both, shared)
        if merged is not None:
            return merged, None
        value = unified[1] if kind == "right" else unified[0]
        if kind == "full":
            value = Apply("coalesce", tuple(unified), shared)
        return Field(name.name, column, shared, True), value


def _chosen(kind: str, both: tuple[Field, Field], shared: SqlType) -> Field | None:
    """The field of a pair that is the merged column as it is; None where none is."""
    candidates = {"inner": both, "left": both[:1], "right": both[1:]}.get(kind, ())
    return next((field for field in candidates if field.type == shared), None)


def _names(
    source: Source, join: exp.Join, left: Joined, right: Joined
) -> tuple[exp.Identifier, ...]:
    method = (join.args.get("method") or "").upper()
    if not method:
        return _written(source, tuple(join.args.get("using") or ()))
    if method != "NATURAL":
        raise source.error(f"{method} JOIN is not supported", join)
    there = {field.name for field in right.columns}
    shared = [field.name for field in left.columns if field.name in there]
    return tuple(exp.to_identifier(name, quoted=True) for name in shared)


def _written(source: Source, names: tuple[exp.Identifier, ...]) -> tuple[exp.Identifier, ...]:
    for place, name in enumerate(names):
        if any(name.name == other.name for other in names[:place]):
            message = f'column name "{name.name}" appears more than once in USING clause'
            raise source.error(message, name)
    return names


def _only(source: Source, name: exp.Identifier, fields: Sequence[Field], side: str) -> Field:
    named = [field for field in fields if field.name == name.name]
    if len(named) == 1:
        return named[0]
    raise _missing(source, name, side, len(named))


def _missing(source: Source, name: exp.Identifier, side: str, count: int) -> ViewError:
    place = name if "start" in name.meta else None
    if count:
        message = f'common column name "{name.name}" appears more than once in {side} table'
    else:
        message = f'column "{name.name}" specified in USING does not exist in {side} table'
    return source.error(message, place)


def _column(name: exp.Identifier, table: str) -> exp.Column:
    return exp.Column(this=name.copy(), table=exp.to_identifier(table, quoted=True))
