"""What a reader knows a plan's columns by: the names that the view gives them, else the tables'
own; what has no name is shown as what it is worked out as, where that is short."""

from __future__ import annotations

from collections.abc import Iterator

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
    """What it reads, without regard to how it is kept; nested SELECTs left out."""
    if isinstance(relation, (Recompute, Whole)):
        return (relation.child,)
    if isinstance(relation, LateralSelect):
        return (relation.child, relation.nested)
    return relation.inputs


class ShownNames:
    """The names of the columns of one plan. `is_view`: the root's names are a view's own."""

    def __init__(self, root: Relation, *, is_view: bool) -> None:
        relations = list(_all(root))
        self._wanted = {c.name: c.name for c in root.columns} if is_view else {}
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
        """What a column is shown as."""
        return self._known.get(name) or Said(readable(name))

    def _name_tables(self, scans: list[Scan]) -> None:
        """Without an alias where there is one table, with a number where one alias is used for
        several."""
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
        """A column bears the name under which it is asked for above."""
        for above, column in _handed(relation):
            self._same.setdefault(column, self._same.get(above, above))
            wanted = self._wanted.get(above) or given(above)
            if wanted:
                self._wanted.setdefault(column, wanted)

    def _name(self, relation: Relation) -> None:
        for name, found, otherwise in self._made(relation):
            self._known[name] = self._known.get(name) or self._shown(name, found, otherwise)
        if isinstance(relation, (UnionAll, SetOperation)):
            for column, first in zip(relation.columns, relation.sides[0].columns, strict=True):
                if not (self._wanted.get(column.name) or given(column.name)):
                    self._known.setdefault(column.name, self(first.name))
        for column in relation.columns:
            self._known[column.name] = self._known.get(column.name) or self._unlike(column.name)

    def _made(self, relation: Relation) -> Iterator[tuple[str, Said, str]]:
        """Column, what it is worked out as, and its name if it has none and that is long."""
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
            found = self._printer.said(value)
            if isinstance(value, ColumnRef):
                self._known.setdefault(name, found)
            yield name, found, ""

    def _shown(self, name: str, found: Said, otherwise: str) -> Said:
        """A column that is worked out: by its name, else by what it is."""
        is_named = (self._wanted.get(name) or given(name)) not in ("", otherwise)
        is_short = len(found.text) <= _INLINE_CHARACTERS and " over (" not in found.text
        return found if is_short and not is_named else self._unlike(name, otherwise)

    def _unlike(self, name: str, otherwise: str = "") -> Said:
        """A name that no other column has but those that it is one with."""
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
    """Pairs of a column and the one below that it is, unchanged."""
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
