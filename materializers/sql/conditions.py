"""Join conditions, split into equalities between the two inputs and the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.expressions.translator import Translator
from materializers.sql.relations.join import Equality
from materializers.sql.types.expression import Expression, all_of, boolean


@dataclass(frozen=True, slots=True)
class Condition:
    """A join's ON. `test`: all of it, None without ON; `equalities`: those between the inputs,
    which are part of `test` too."""

    test: Expression | None
    equalities: tuple[Equality, ...]

    def also(self, other: Condition) -> Condition:
        """Both conditions, tied by AND."""
        test = all_of(each for each in (self.test, other.test) if each is not None)
        return Condition(test, (*self.equalities, *other.equalities))


def conjuncts(node: exp.Expr | None) -> Iterator[exp.Expr]:
    """The operands of the ANDs at the top of a condition."""
    waiting = [] if node is None else [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, exp.Paren):
            waiting.append(each.this)
        elif isinstance(each, exp.And):
            waiting += (each.right, each.left)
        else:
            yield each


def has_subquery(node: exp.Expr) -> bool:
    return node.find(exp.Query) is not None


def reads_tables(node: exp.Expr) -> bool:
    """Whether a query names a table, a view or a query of WITH; else its rows follow from the outer
    row alone."""
    return any(isinstance(table.this, exp.Identifier) for table in node.find_all(exp.Table))


def is_quantified(node: exp.Binary) -> bool:
    """Whether it compares with ANY or ALL elements of an array."""
    sides = (node.left, node.right)
    return any(
        isinstance(side, (exp.Any, exp.All))
        or (isinstance(side, exp.Anonymous) and str(side.this).lower() in ("any", "all", "some"))
        for side in sides
    )


def is_of_row(node: exp.Expr) -> bool:
    """Whether no query in it reads a table: then its value follows from the outer row alone."""
    tables = list(node.find_all(exp.Table, exp.Lateral))
    return bool(tables) and not reads_tables(node)


def columns_of(node: exp.Expr, translate: Translator) -> frozenset[str]:
    """The plan's names of the columns that an expression reads; raises ViewError for a name that
    does not exist."""
    names: set[str] = set()
    for column in node.find_all(exp.Column):
        name = column.table if isinstance(column.this, exp.Star) else column.name
        is_whole = not column.table or name == column.table
        if is_whole and (entry := translate.scope.entry(name)):
            names.update(f.column for f in entry.fields)
        else:
            names.add(translate.scope.resolve(column, translate.fail).column)
    return frozenset(names)


def is_resolvable(node: exp.Expr, translate: Translator) -> bool:
    """Whether the translator's scope has every name in it."""
    try:
        columns_of(node, translate)
    except ViewError:
        return False
    return True


def condition(
    parts: list[exp.Expr],
    left: frozenset[str],
    right: frozenset[str],
    translate: Translator,
) -> Condition:
    """Translate a join's conditions; `left`, `right`: the columns of its two inputs."""
    tests = [translate.boolean(part, "JOIN/ON") for part in parts]
    equalities = [
        equality
        for part in parts
        if isinstance(part, exp.EQ) and (equality := _equality(part, left, right, translate))
    ]
    return Condition(all_of(tests), tuple(equalities))


def _equality(
    node: exp.EQ, left: frozenset[str], right: frozenset[str], translate: Translator
) -> Equality | None:
    if has_subquery(node) or isinstance(node.left, exp.Tuple) or is_quantified(node):
        return None
    one, two = columns_of(node.left, translate), columns_of(node.right, translate)
    values = [translate(node.left), translate(node.right)]
    _, (first, second) = translate.unify(values, node, "operator =")
    if translate(node) != boolean("=", first, second):
        return None  # the stored values do not tell which rows are equal
    if one and two and one <= left and two <= right:
        return Equality(first, second)
    if one and two and one <= right and two <= left:
        return Equality(second, first)
    return None
