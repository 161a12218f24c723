"""What a change of a table's definition means for the rows already published: one rule a line.

The first rule of RULES that applies decides. In doubt a table is published anew: that costs time,
never truth. docs/source.md tells users the same table in their words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from cdc.sources.postgres.catalogue.definition import Attribute, Definition

_TEXTS = frozenset({25, 1043})
_INTEGERS = (21, 23, 20)


class Consequence(Enum):
    """What capture does, from the least to the most."""

    NOTHING = "nothing"
    NOTE = "the definition is recorded, views need not know"
    SCHEMA = "a schema record; the rows published so far still hold"
    FILL = "the rows of new partitions are published"
    REFILL = "the table is published anew"


@dataclass(frozen=True, slots=True)
class Rule:
    """`what` completes "public.orders: …", for logs."""

    what: str
    consequence: Consequence
    applies: Callable[[Definition, Definition], bool]


def consequence(before: Definition, after: Definition) -> tuple[Consequence, str]:
    """What follows from the change, and why."""
    if before == after:
        return Consequence.NOTHING, ""
    for rule in RULES:
        if rule.applies(before, after):
            return rule.consequence, rule.what
    return Consequence.NOTE, "touched"


def new_partitions(before: Definition, after: Definition) -> tuple[int, ...]:
    """The oids of tables that were attached."""
    known = {partition.oid for partition in before.partitions}
    return tuple(p.oid for p in after.partitions if p.oid not in known and p.filenode)


def may_be_sent_otherwise(before: Definition, after: Definition) -> bool:
    """Whether rows are in the log under another table's name from here on, or were meanwhile."""
    return _attached(before) != _attached(after) or _was_a_partition(before, after)


def _attached(definition: Definition) -> set[tuple[int, str]]:
    return {(partition.oid, partition.version) for partition in definition.partitions}


def _kept(before: Definition, after: Definition) -> list[tuple[Attribute, Attribute]]:
    """Columns on both sides, by their numbers."""
    found = ((column, after.column(column.number)) for column in before.columns)
    return [(old, new) for old, new in found if new is not None]


def _is_renamed(before: Definition, after: Definition) -> bool:
    return any(old.name != new.name for old, new in _kept(before, after))


def _is_replaced(before: Definition, after: Definition) -> bool:
    """A column was dropped and one of its name added."""
    numbers = {column.name: column.number for column in before.columns}
    return any(numbers.get(c.name, c.number) != c.number for c in after.columns)


def _is_retyped(before: Definition, after: Definition) -> bool:
    return not all(_keeps_text(old, new) for old, new in _kept(before, after))


def _keeps_text(before: Attribute, after: Attribute) -> bool:
    """Whether every value is written the same under both types."""
    if before.type_oid == after.type_oid:
        is_wider = after.typmod < 0 or 0 <= before.typmod <= after.typmod
        return before.typmod == after.typmod or (after.type_oid in _TEXTS and is_wider)
    if after.type_oid == 25:
        return before.type_oid in _TEXTS
    if before.type_oid in _INTEGERS and after.type_oid in _INTEGERS:
        return _INTEGERS.index(before.type_oid) < _INTEGERS.index(after.type_oid)
    return False


def _has_other_types(before: Definition, after: Definition) -> bool:
    """A label or a field of a type changed; a label that was added changes no row."""
    now = dict(after.types)
    return any(not set(parts) <= set(now.get(oid, parts)) for oid, parts in before.types)


def _filenodes(definition: Definition) -> dict[int, int]:
    nodes = {partition.oid: partition.filenode for partition in definition.partitions}
    return nodes | {definition.oid: definition.filenode}


def _has_other_files(before: Definition, after: Definition) -> bool:
    now = _filenodes(after)
    return any(now.get(oid, node) != node for oid, node in _filenodes(before).items())


def _is_rewritten(before: Definition, after: Definition) -> bool:
    """ALTER … TYPE … USING leaves another file and a touched column; VACUUM FULL, CLUSTER and
    TRUNCATE touch no column."""
    touched = any(old.version != new.version for old, new in _kept(before, after))
    return touched and _has_other_files(before, after)


def _was_a_partition(before: Definition, after: Definition) -> bool:
    """ATTACH and DETACH touch every column. While the table was another one's partition, the log
    told of its rows under that one's name."""
    kept = _kept(before, after)
    return bool(kept) and all(old.version != new.version for old, new in kept)


def _added(before: Definition, after: Definition) -> list[Attribute]:
    known = {column.number for column in before.columns}
    return [column for column in after.columns if column.number not in known]


def _has_filled_column(before: Definition, after: Definition) -> bool:
    added = _added(before, after)
    is_filled = any(column.is_filled or not column.is_nullable for column in added)
    # A rewrite clears the mark that a constant default leaves.
    return is_filled or (bool(added) and _has_other_files(before, after))


def _may_bear_a_former_name(before: Definition, after: Definition) -> bool:
    """A column that is gone may have had the name that is added, and records hold its values yet.
    Columns are numbered without holes until one goes."""
    added = _added(before, after)
    known = {column.number for column in (*before.columns, *added)}
    return bool(added) and known != set(range(1, max(known) + 1))


def _has_lost_partition(before: Definition, after: Definition) -> bool:
    return not _attached(before) <= _attached(after)


def _has_emptied_partition(before: Definition, after: Definition) -> bool:
    """TRUNCATE of one partition is not in the log of its root; VACUUM FULL looks the same."""
    return bool(before.partitions) and _has_other_files(before, after)


def _has_new_partition(before: Definition, after: Definition) -> bool:
    return bool(new_partitions(before, after))


def _has_other_columns(before: Definition, after: Definition) -> bool:
    def told(definition: Definition) -> list[Attribute]:
        return [replace(c, version="", is_filled=False) for c in definition.columns]

    return told(before) != told(after) or before.types != after.types


RULES: tuple[Rule, ...] = (
    Rule("made anew", Consequence.REFILL, lambda b, a: b.oid != a.oid or b.kind != a.kind),
    Rule("its key changed", Consequence.REFILL, lambda b, a: b.key != a.key),
    Rule("the publication changed", Consequence.REFILL, lambda b, a: b.membership != a.membership),
    Rule("a column was renamed", Consequence.REFILL, _is_renamed),
    Rule("a column was replaced", Consequence.REFILL, _is_replaced),
    Rule("a column's type changed", Consequence.REFILL, _is_retyped),
    Rule("a type's labels or fields changed", Consequence.REFILL, _has_other_types),
    Rule("rewritten", Consequence.REFILL, _is_rewritten),
    Rule("all its columns were touched", Consequence.REFILL, _was_a_partition),
    Rule("a column with values was added", Consequence.REFILL, _has_filled_column),
    Rule("a column was added where others are gone", Consequence.REFILL, _may_bear_a_former_name),
    Rule("a partition went", Consequence.REFILL, _has_lost_partition),
    Rule("a partition was emptied or rewritten", Consequence.REFILL, _has_emptied_partition),
    Rule("a partition was attached", Consequence.FILL, _has_new_partition),
    Rule("its columns changed", Consequence.SCHEMA, _has_other_columns),
)
