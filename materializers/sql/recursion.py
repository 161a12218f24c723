"""WITH RECURSIVE -> a relation that is recomputed.

In the recursive term, the query's own name means the rows of the step before. Its columns have the
types of the non-recursive term (manual, "Recursive Queries").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from materializers.sql.place import Source
from materializers.sql.planned import Context, Planned
from materializers.sql.relations.recursive import Recursive, WorkingTable
from materializers.sql.relations.relation import Column
from materializers.sql.scope import Field, column_names
from materializers.sql.types.comparison_key import refusal
from materializers.sql.types.sql_type import TEXT, UNKNOWN, Outgrown

Query = Callable[[exp.Expr, Context], Planned]


def is_recursive(cte: exp.Expr) -> bool:
    """Whether a query of WITH RECURSIVE reads itself."""
    return any(t.name == cte.alias and not t.args.get("db") for t in cte.this.find_all(exp.Table))


def plan_recursive(
    source: Source,
    cte: exp.Expr,
    name: str,
    query: Query,
    bind: Callable[[Planned], None],
    context: Context,
) -> Planned:
    """Plan a recursive query. `name`: unique in the plan; `bind`: binds the query's name to a
    relation while the recursive term is planned. Raises ViewError unless it is a UNION of two
    terms."""
    union = cte.this.this if isinstance(cte.this, exp.Subquery) else cte.this
    if not isinstance(union, exp.Union) or is_recursive(replace_this(cte, union.left)):
        message = f'recursive query "{cte.alias}" does not have the form'
        raise source.error(f"{message} non-recursive-term UNION [ALL] recursive-term", cte)
    if any(union.args.get(part) is not None for part in ("order", "limit", "offset")):
        raise source.error("ORDER BY, LIMIT and OFFSET in a recursive query are not supported", cte)
    inline = replace(context, is_inline=True)
    base = query(union.left, inline)
    columns, fields = _columns(cte, name, base)
    bind(Planned(WorkingTable(name, columns), fields))
    term = query(union.right, inline)
    _check(source, cte, fields, term)
    keeps_duplicates = not union.args.get("distinct")
    if not keeps_duplicates:
        _check_comparable(source, cte, fields)
    relation = Recursive(name, base.projected(), term.projected(), columns, keeps_duplicates)
    return Planned(relation, fields)


def replace_this(cte: exp.Expr, query: exp.Expr) -> exp.Expr:
    """The WITH entry with another query under the same name."""
    return exp.CTE(this=query.copy(), alias=cte.args["alias"].copy())


def _columns(
    cte: exp.Expr, name: str, base: Planned
) -> tuple[tuple[Column, ...], tuple[Field, ...]]:
    listed = [c.name for c in cte.args["alias"].columns]
    names = [*listed, *(f.name for f in base.fields[len(listed) :])]
    columns, fields = [], []
    for column, called, field in zip(column_names(name, names), names, base.fields, strict=True):
        kind = TEXT if field.type == UNKNOWN else field.type
        columns.append(Column(column, kind, True))
        fields.append(Field(called, columns[-1].name, kind, True))
    return tuple(columns), tuple(fields)


def _check_comparable(source: Source, cte: exp.Expr, fields: tuple[Field, ...]) -> None:
    for field in fields:
        if not field.type.is_comparable and field.type != UNKNOWN:
            message, fix = refusal(field.type, "UNION")
            raise source.error(f'recursive query "{cte.alias}": {message}', cte, fix=fix)


def _check(source: Source, cte: exp.Expr, fields: tuple[Field, ...], term: Planned) -> None:
    """Raises Outgrown where the numerics of both terms differ in size."""
    if len(fields) != len(term.fields):
        raise source.error("each query of a UNION must have the same columns", cte)
    for number, (field, other) in enumerate(zip(fields, term.fields, strict=True), 1):
        if other.type not in (field.type, UNKNOWN):
            if field.type.name == other.type.name == "numeric":
                raise Outgrown  # in PostgreSQL they are one type where no size is declared
            raise source.error(
                f'recursive query "{cte.alias}" column {number} has type {field.type.name} in its'
                f" non-recursive term but type {other.type.name} overall",
                cte,
                fix="cast the non-recursive term",
            )
