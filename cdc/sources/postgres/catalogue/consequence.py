"""What a change of a table's definition means for the rows already published.

The first of RULES that applies decides. In doubt the table is refilled, which costs time but
is always right. docs/source.md has the same table for users.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from cdc.sources.postgres.catalogue.definition import Attribute, Definition

_TEXTS = frozenset({25, 1043})
_INTEGERS = (21, 23, 20)


class Consequence(Enum):
    """What capture does, in ascending order of cost."""

    NOTHING = "nothing"
    NOTE = "the definition is recorded, views need not know"
    SCHEMA = "a schema record; the rows published so far still hold"
    FILL = "the rows of new partitions are published"
    REFILL = "the table is refilled"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; `what` completes "public.orders: …" in logs."""

    what: str
    consequence: Consequence
    applies: Callable[[Definition, Definition], bool]


def consequence(before: Definition, after: Definition) -> tuple[Consequence, str]:
    """The consequence of the change, and its reason."""
    if before == after:
        return Consequence.NOTHING, ""
    for rule in RULES:
        if rule.applies(before, after):
            return rule.consequence, rule.what
    return Consequence.NOTE, "touched"


def new_partitions(before: Definition, after: Definition) -> tuple[int, ...]:
    """The oids of newly attached partitions that hold rows."""
    known = {partition.oid for partition in before.partitions}
    return tuple(p.oid for p in after.partitions if p.oid not in known and p.filenode)


def may_be_sent_otherwise(before: Definition, after: Definition) -> bool:
    """Whether rows are, or for a while were, in the log under another table's name."""
    return _attached(before) != _attached(after) or _was_a_partition(before, after)


def _attached(definition: Definition) -> set[tuple[int, str]]:
    return {(partition.oid, partition.version) for partition in definition.partitions}


def _common(before: Definition, after: Definition) -> list[tuple[Attribute, Attribute]]:
    """Columns of both definitions, matched by attnum."""
    pairs = ((column, after.column(column.number)) for column in before.columns)
    return [(old, new) for old, new in pairs if new is not None]


def _is_renamed(before: Definition, after: Definition) -> bool:
    return any(old.name != new.name for old, new in _common(before, after))


def _is_replaced(before: Definition, after: Definition) -> bool:
    """A column was dropped and another one of the same name added."""
    numbers = {column.name: column.number for column in before.columns}
    return any(numbers.get(c.name, c.number) != c.number for c in after.columns)


def _is_retyped(before: Definition, after: Definition) -> bool:
    return not all(_keeps_text(old, new) for old, new in _common(before, after))


def _is_written_otherwise(before: Definition, after: Definition) -> bool:
    """An array is a list in records, one that is declared with several dimensions a text."""
    return any(bool(old.dimensions) != bool(new.dimensions) for old, new in _common(before, after))


def _keeps_text(before: Attribute, after: Attribute) -> bool:
    """Whether every value has the same text under both types."""
    if before.type_oid == after.type_oid:
        is_wider = after.typmod < 0 or 0 <= before.typmod <= after.typmod
        return before.typmod == after.typmod or (after.type_oid in _TEXTS and is_wider)
    if after.type_oid == 25:
        return before.type_oid in _TEXTS
    if before.type_oid in _INTEGERS and after.type_oid in _INTEGERS:
        return _INTEGERS.index(before.type_oid) < _INTEGERS.index(after.type_oid)
    return False


def _has_other_types(before: Definition, after: Definition) -> bool:
    """A label or field of a type changed. An added label changes no row."""
    now = dict(after.types)
    return any(
        not {part for part in parts if not part.startswith("#")} <= set(now.get(oid, parts))
        for oid, parts in before.types
    )


def _filenodes(definition: Definition) -> dict[int, int]:
    nodes = {partition.oid: partition.filenode for partition in definition.partitions}
    return nodes | {definition.oid: definition.filenode}


def _has_other_files(before: Definition, after: Definition) -> bool:
    now = _filenodes(after)
    return any(now.get(oid, node) != node for oid, node in _filenodes(before).items())


def _is_rewritten(before: Definition, after: Definition) -> bool:
    """ALTER … TYPE … USING changes the file and a column's row; VACUUM FULL, CLUSTER and TRUNCATE
    change the file alone."""
    touched = any(old.version != new.version for old, new in _common(before, after))
    return touched and _has_other_files(before, after)


def _was_a_partition(before: Definition, after: Definition) -> bool:
    """ATTACH and DETACH rewrite the rows of all columns. While the table was a partition, its rows
    were in the log under its root's name."""
    common = _common(before, after)
    return bool(common) and all(old.version != new.version for old, new in common)


def _added(before: Definition, after: Definition) -> list[Attribute]:
    known = {column.number for column in before.columns}
    return [column for column in after.columns if column.number not in known]


def _has_filled_column(before: Definition, after: Definition) -> bool:
    added = _added(before, after)
    is_filled = any(column.is_filled or not column.is_nullable for column in added)
    # A table rewrite clears atthasmissing, the mark of a constant default.
    return is_filled or (bool(added) and _has_other_files(before, after))


def _may_bear_a_former_name(before: Definition, after: Definition) -> bool:
    """A dropped column may have had the added column's name, and records still hold its values.
    Attnums have no gaps until a column is dropped."""
    added = _added(before, after)
    known = {column.number for column in (*before.columns, *added)}
    return bool(added) and known != set(range(1, max(known) + 1))


def _has_lost_partition(before: Definition, after: Definition) -> bool:
    return not _attached(before) <= _attached(after)


def _has_emptied_partition(before: Definition, after: Definition) -> bool:
    """TRUNCATE of one partition is not in its root's log. VACUUM FULL looks the same."""
    return bool(before.partitions) and _has_other_files(before, after)


def _has_new_partition(before: Definition, after: Definition) -> bool:
    return bool(new_partitions(before, after))


def _has_other_columns(before: Definition, after: Definition) -> bool:
    def comparable(definition: Definition) -> list[Attribute]:
        return [replace(c, version="", is_filled=False) for c in definition.columns]

    return comparable(before) != comparable(after) or before.types != after.types


RULES: tuple[Rule, ...] = (
    Rule("recreated", Consequence.REFILL, lambda b, a: b.oid != a.oid or b.kind != a.kind),
    Rule("its key changed", Consequence.REFILL, lambda b, a: b.key != a.key),
    Rule("the publication changed", Consequence.REFILL, lambda b, a: b.membership != a.membership),
    Rule("a column was renamed", Consequence.REFILL, _is_renamed),
    Rule("a column was replaced", Consequence.REFILL, _is_replaced),
    Rule("a column's type changed", Consequence.REFILL, _is_retyped),
    Rule("an array's dimensions changed", Consequence.REFILL, _is_written_otherwise),
    Rule("a type's labels or fields changed", Consequence.REFILL, _has_other_types),
    Rule("rewritten", Consequence.REFILL, _is_rewritten),
    Rule("all its columns were touched", Consequence.REFILL, _was_a_partition),
    Rule("a column with values was added", Consequence.REFILL, _has_filled_column),
    Rule("a column was added where others are gone", Consequence.REFILL, _may_bear_a_former_name),
    Rule("a partition was detached or dropped", Consequence.REFILL, _has_lost_partition),
    Rule("a partition was emptied or rewritten", Consequence.REFILL, _has_emptied_partition),
    Rule("a partition was attached", Consequence.FILL, _has_new_partition),
    Rule("its columns changed", Consequence.SCHEMA, _has_other_columns),
)
