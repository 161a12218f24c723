"""A relation in one line, in PostgreSQL's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from materializers.sql.printing.calls import (
    aggregate_text,
    bounds_text,
    order_text,
    window_text,
)
from materializers.sql.printing.expressions import Printer
from materializers.sql.printing.plan_name import of_recursion
from materializers.sql.printing.said import Names
from materializers.sql.relations.by_rows import Computed, Whole
from materializers.sql.relations.expand import Expand, LateralSelect
from materializers.sql.relations.first import FirstOfEach, Limit
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.join import Join
from materializers.sql.relations.map import Map
from materializers.sql.relations.recursive import Recursive, WorkingTable
from materializers.sql.relations.relation import Relation
from materializers.sql.relations.same import Consolidate, Recompute, Shared
from materializers.sql.relations.scan import Scan
from materializers.sql.relations.semi_join import MarkJoin, SemiJoin
from materializers.sql.relations.set_operations import SetOperation, UnionAll
from materializers.sql.relations.values import Values
from materializers.sql.relations.window import Window
from materializers.sql.types.expression import Apply, Constant, Expression

_LINES_MAX = 5
_SETS = ("generate_series", "generate_subscripts", "json_object_keys", "regexp_matches")

Listed = Iterable[tuple[str, str]]
"""(name in the plan, its expression's text)."""


class Words:
    """Prints relations; `names`: prints their columns."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.printer = Printer(names)

    def of(self, relation: Relation) -> str:
        """The relation in one line."""
        return _WORDS[type(relation)](self, relation)

    def named(self, listed: Listed) -> str:
        """Columns with their expressions: `total = sum(x)`; `x` where both are the same."""
        return ", ".join(dict.fromkeys(self._named(name, text) for name, text in listed))

    def _named(self, name: str, text: str) -> str:
        shown = self.names(name).text
        return text if text.rpartition(".")[2] == shown.rpartition(".")[2] else f"{shown} = {text}"


def select_text(words: Words, relation: Map) -> str:
    """The projection at the top of a view: all of its columns, by their names."""
    listed = ((name, words.printer.text(value)) for name, value in relation.outputs)
    shown = ", ".join(_column(name, text) for name, text in listed)
    return f"select {shown}{_where(words, relation)}"


def _column(name: str, text: str) -> str:
    return text if text.rpartition(".")[2] == name else f"{name} = {text}"


def _where(words: Words, relation: Map) -> str:
    if relation.predicate is None:
        return ""
    return f" where {words.printer.text(relation.predicate)}"


def _map(words: Words, relation: Map) -> str:
    texts = ((name, words.printer.text(value)) for name, value in relation.outputs)
    made = words.named((n, t) for n, t in texts if words.names(n).text != t)
    computed = f"compute {made}" if made else ""
    return f"{computed}{_where(words, relation)}".strip()


def _scan(words: Words, relation: Scan) -> str:
    table = relation.table.removeprefix("public.")
    shown = [words.names(column.name).text for _, column in relation.listed]
    alias = shown[0].rpartition(".")[0] if shown else ""
    name = table if alias in ("", table) else f"{table} as {alias}"
    key = f" [key {', '.join(relation.primary_key)}]" if relation.primary_key else ""
    rest = [name for name, _ in relation.listed if name not in relation.primary_key]
    return f"scan {name}{key} {', '.join(rest)}".rstrip()


def _on(words: Words, condition: Expression | None) -> str:
    return f" on {words.printer.text(condition)}" if condition is not None else ""


def _join(words: Words, relation: Join) -> str:
    if relation.condition is None:
        return "cross join" if relation.kind == "inner" else f"{relation.kind} join on true"
    kind = "join" if relation.kind == "inner" else f"{relation.kind} join"
    return f"{kind}{_on(words, relation.condition)}"


def _semi_join(words: Words, relation: SemiJoin) -> str:
    return f"{'anti' if relation.is_anti else 'semi'} join{_on(words, relation.condition)}"


def _mark_join(words: Words, relation: MarkJoin) -> str:
    mark = words.names(relation.mark).text
    return f"mark join{_on(words, relation.condition)}: {mark}"


def _group_by(words: Words, relation: GroupBy) -> str:
    groups = words.named((name, words.printer.text(value)) for name, value in relation.groups)
    calls = words.named(
        (name, aggregate_text(words.printer, call)) for name, call in relation.aggregates
    )
    if not groups:
        return f"aggregate {calls or 'nothing'}"
    return f"group by {groups}: {calls}" if calls else f"distinct {groups}"


def _set_operation(_: Words, relation: SetOperation) -> str:
    return f"{relation.name.lower()}{' all' if relation.keeps_duplicates else ''}"


def _first_of_each(words: Words, relation: FirstOfEach) -> str:
    order = order_text(words.printer, relation.order)
    by = f" order by {order}" if order else ""
    return f"distinct on ({words.printer.listed(relation.partition)}){by}"


def _window(words: Words, relation: Window) -> str:
    partition = words.printer.listed(relation.partition)
    by = f" partition by {partition}" if partition else ""
    calls = ((column.name, window_text(words.printer, call)) for column, call in relation.calls)
    return f"window{by}: {words.named(calls)}"


def _expand(words: Words, relation: Expand) -> str:
    pairs = [*zip(relation.added, relation.lists, strict=True)]
    places = [column for column, value in pairs if _is(value, "positions")]
    lists = [(column, value) for column, value in pairs if not _is(value, "positions")]
    numbered = [t for t in (words.names(column.name).text for column in places) if "#" not in t]
    made = ", ".join(_rows_of(words, value) for _, value in lists)
    columns = ", ".join([*(words.names(column.name).text for column, _ in lists), *numbered])
    ordinality = " with ordinality" if numbered else ""
    left = "left " if relation.is_left else ""
    return f"{left}lateral {made}{ordinality} as {columns}{_on(words, relation.condition)}"


def _rows_of(words: Words, value: Expression) -> str:
    text = words.printer.text(value)
    return text if any(_is(value, name) for name in _SETS) else f"unnest({text})"


def _is(value: Expression, name: str) -> bool:
    return isinstance(value, Apply) and value.name == name


def _lateral(words: Words, relation: LateralSelect) -> str:
    return f"{'left ' if relation.is_left else ''}lateral select{_on(words, relation.condition)}"


def _values(words: Words, relation: Values) -> str:
    if len(relation.lines) == 1 and all(isinstance(e, Constant) for e in relation.lines[0]):
        return "one row"
    shown = [f"({words.printer.listed(line)})" for line in relation.lines[:_LINES_MAX]]
    more = len(relation.lines) - len(shown)
    return f"values {', '.join(shown)}{f' and {more} more' if more else ''}"


def _recursive(words: Words, relation: Recursive) -> str:
    word = "union all" if relation.keeps_duplicates else "union"
    return f"recursive {of_recursion(relation.name)}: {word}"


def _computed(words: Words, relation: Computed) -> str:
    return f"row by row: {words.printer.listed(tuple(value for _, value in relation.outputs))}"


def _recompute(_: Words, relation: Recompute) -> str:
    return f"recompute: {why_recomputed(relation)}"


def why_recomputed(relation: Recompute) -> str:
    """The reason: what has no delta rule."""
    reasons = dict.fromkeys(each.reason for each in relation.child.walk() if each.reason)
    return relation.why or ", ".join(reasons) or "recursive query"


_WORDS: dict[type[Relation], Callable[..., str]] = {
    Scan: _scan,
    Map: _map,
    Join: _join,
    SemiJoin: _semi_join,
    MarkJoin: _mark_join,
    GroupBy: _group_by,
    UnionAll: lambda _, __: "union all",
    SetOperation: _set_operation,
    Limit: lambda words, relation: bounds_text(words.printer, relation.bounds),
    FirstOfEach: _first_of_each,
    Window: _window,
    Expand: _expand,
    LateralSelect: _lateral,
    Values: _values,
    WorkingTable: lambda _, relation: f"working table of {of_recursion(relation.name)}",
    Recursive: _recursive,
    Recompute: _recompute,
    Computed: _computed,
    Whole: lambda _, relation: f"recompute row by row: {relation.why}",
    Shared: lambda _, __: "",
    Consolidate: lambda _, __: "",
}
