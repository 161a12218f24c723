"""Readable names of a plan's columns: the view's names, else the tables'. A column without a name
is shown as its expression, if that is short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from materializers.sql.printing.calls import aggregate_text, window_text
from materializers.sql.printing.expressions import Printer
from materializers.sql.printing.plan_name import base, given, readable
from materializers.sql.printing.said import Said
from materializers.sql.relations.by_rows import Computed, Whole
from materializers.sql.relations.expand import LateralSelect
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.map import Map
from materializers.sql.relations.nested import Nested
from materializers.sql.relations.recursive import Recursive
from materializers.sql.relations.relation import Outputs, Relation
from materializers.sql.relations.same import Recompute
from materializers.sql.relations.scan import Scan
from materializers.sql.relations.set_operations import SetOperation, UnionAll
from materializers.sql.relations.window import Window
from materializers.sql.types.expression import ColumnRef

_INLINE_CHARACTERS = 40


def below(relation: Relation) -> tuple[Relation, ...]:
    """The relations that it reads, without Shared, Consolidate and the like; without nested
    SELECTs."""
    if isinstance(relation, (Recompute, Whole)):
        return (relation.child,)
    if isinstance(relation, LateralSelect):
        return (relation.child, relation.nested)
    return relation.inputs


class ShownNames:
    """The names of the columns of one plan. `names`: those of the root's columns, which are a
    view's own; none where the root is not a view's."""

    def __init__(self, root: Relation, names: Sequence[str] = ()) -> None:
        relations = list(_all(root))
        self._wanted = {c.name: name for c, name in zip(root.columns, names, strict=False)}
        self._known: dict[str, Said] = {}
        self._taken: dict[str, str] = {}
        self._same: dict[str, str] = {}
        self._printer = Printer(self)
        self._name_tables([each for each in relations if isinstance(each, Scan)])
        for relation in reversed(relations):
            self._hand_down(relation)
        for relation in relations:
            self._name(relation)

    def __call__(self, name: str) -> Said:
        """The printed name of a column."""
        return self._known.get(name) or Said(readable(name))

    def _name_tables(self, scans: list[Scan]) -> None:
        """Choose the tables' aliases: none for a single table, numbered where several tables have
        the same alias."""
        aliases = dict.fromkeys(_alias(scan) for scan in scans)
        shown: dict[str, str] = {}
        for alias in aliases:
            number = sum(base(each) == base(alias) for each in shown) + 1
            shown[alias] = base(alias) if number == 1 else f"{base(alias)}_{number}"
        for scan in scans:
            for name, column in scan.listed:
                prefix = f"{shown[_alias(scan)]}." if len(aliases) > 1 else ""
                self._known[column.name] = Said(f"{prefix}{name}")

    def _hand_down(self, relation: Relation) -> None:
        """Give the columns below a projection the names of its outputs."""
        for above, column in _handed(relation):
            self._same.setdefault(column, self._same.get(above, above))
            wanted = self._wanted.get(above) or given(above)
            if wanted:
                self._wanted.setdefault(column, wanted)

    def _name(self, relation: Relation) -> None:
        for name, printed, otherwise in self._made(relation):
            self._known[name] = self._known.get(name) or self._shown(name, printed, otherwise)
        if isinstance(relation, (UnionAll, SetOperation)):
            for column, first in zip(relation.columns, relation.sides[0].columns, strict=True):
                if not (self._wanted.get(column.name) or given(column.name)):
                    self._known.setdefault(column.name, self(first.name))
        for column in relation.columns:
            self._known[column.name] = self._known.get(column.name) or self._unlike(column.name)

    def _made(self, relation: Relation) -> Iterator[tuple[str, Said, str]]:
        """(column, its expression, a name in case it has none and the expression is long)."""
        if isinstance(relation, Computed):
            self._known |= {n: self._printer.said(value) for n, value in relation.outputs}
        elif isinstance(relation, Map):
            yield from self._said(relation.outputs)
        elif isinstance(relation, GroupBy):
            yield from self._said(relation.groups)
            for name, call in relation.aggregates:
                yield name, Said(aggregate_text(self._printer, call)), call.name
        elif isinstance(relation, Window):
            for column, window in relation.calls:
                text = window_text(self._printer, window)
                yield column.name, Said(text), window.function.name

    def _said(self, outputs: Outputs) -> Iterator[tuple[str, Said, str]]:
        for name, value in outputs:
            printed = self._printer.said(value)
            if isinstance(value, ColumnRef):
                self._known.setdefault(name, printed)
            yield name, printed, ""

    def _shown(self, name: str, printed: Said, otherwise: str) -> Said:
        """A computed column: its name, else its expression."""
        is_named = (self._wanted.get(name) or given(name)) not in ("", otherwise)
        is_short = len(printed.text) <= _INLINE_CHARACTERS and " over (" not in printed.text
        return printed if is_short and not is_named else self._unlike(name, otherwise)

    def _unlike(self, name: str, otherwise: str = "") -> Said:
        """A name that no other column has, apart from columns that are this one."""
        first = text = self._wanted.get(name) or given(name) or otherwise or readable(name)
        number, same = 1, self._same.get(name, name)
        while self._taken.setdefault(text, same) != same:
            number += 1
            text = f"{first}_{number}"
        return Said(text)


def _alias(scan: Scan) -> str:
    return scan.listed[0][1].name.partition(".")[0] if scan.listed else ""


def _all(root: Relation) -> Iterator[Relation]:
    """Every relation once, inputs first, nested SELECTs included."""
    seen: set[int] = set()
    waiting: list[tuple[Relation, bool]] = [(root, False)]
    while waiting:
        relation, is_done = waiting.pop()
        if is_done:
            yield relation
        elif id(relation) not in seen:
            seen.add(id(relation))
            waiting.append((relation, True))
            waiting += ((each, False) for each in reversed((*below(relation), *_nested(relation))))


def _nested(relation: Relation) -> Iterator[Relation]:
    for expression in relation.expressions():
        yield from (each.relation for each in expression.walk() if isinstance(each, Nested))


def _handed(relation: Relation) -> Iterator[tuple[str, str]]:
    """(column, the input's column that it is)."""
    outputs: Outputs = ()
    if isinstance(relation, Map):
        outputs = relation.outputs
    elif isinstance(relation, GroupBy):
        outputs = relation.groups
    elif isinstance(relation, (UnionAll, SetOperation, Recursive)):
        for side in relation.inputs:
            yield from zip(
                (column.name for column in relation.columns),
                (column.name for column in side.columns),
                strict=True,
            )
    for name, value in outputs:
        if isinstance(value, ColumnRef):
            yield name, value.column
