"""Finds the record of a batch that made a view fail, after the failure.

The batch is tried again with halves of its records, until one is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from materializers.engines.row_engine.layout import Layout
from materializers.engines.rows.operators.circuit import Circuit
from materializers.engines.rows.operators.table import Changes
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.type_io import text_of

SUSPECTS_MAX = 100_000
"""Records of a batch that are searched."""

_Suspects = Sequence[tuple[str, tuple[Row, "Row | None"]]]


def row_at_fault(
    circuit: Circuit,
    view: str,
    reason: str,
    changes: Mapping[str, Changes],
    layouts: Mapping[str, Layout],
) -> str:
    """`TABLE where KEY` of a record for which the view fails with this reason; empty where no
    single one is to blame. The operators are left as they were before the batch."""
    left: _Suspects = [(table, each) for table, changed in changes.items() for each in changed]
    if len(left) > SUSPECTS_MAX:
        return ""
    while len(left) > 1:
        middle = len(left) // 2
        halves = [
            half for half in (left[:middle], left[middle:]) if _fails(circuit, view, reason, half)
        ]
        if not halves:
            return ""
        left = halves[0]
    if not left or not _fails(circuit, view, reason, left):
        return ""
    ((table, (key, _)),) = left
    kinds = dict(layouts[table].kinds)
    pairs = zip(layouts[table].key, key, strict=True)
    return f"{table} where " + ", ".join(f"{n} = {text_of(kinds[n])(v)}" for n, v in pairs)


def _fails(circuit: Circuit, view: str, reason: str, suspects: _Suspects) -> bool:
    changes: dict[str, list[tuple[Row, Row | None]]] = {}
    for table, each in suspects:
        changes.setdefault(table, []).append(each)
    return circuit.tried(changes).get(view) == reason
