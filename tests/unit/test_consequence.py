"""What follows from a change of a definition: the first rule that applies, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cdc.errors import ContractError
from cdc.sources.postgres.catalogue.consequence import (
    RULES,
    Consequence,
    consequence,
    new_partitions,
)
from cdc.sources.postgres.catalogue.definition import Attribute, Definition, Partition

ID = Attribute(1, "id", 23, -1, False, False, "7")
NOTE = Attribute(2, "note", 25, -1, True, False, "7")
TABLE = Definition("public.t", 100, "r", 500, "d", (1,), "9/7/1", (ID, NOTE), (), ())
LEAVES = (Partition(101, 501, "7"), Partition(102, 502, "7"))
PARTED = replace(TABLE, kind="p", filenode=0, partitions=LEAVES)
TYPED = replace(TABLE, types=((20_000, ("1=bad", "2=good")),))
EXTRA = Attribute(3, "extra", 23, -1, True, False, "8")


def with_note(**changes: object) -> Definition:
    return replace(TABLE, columns=(ID, replace(NOTE, **changes)))  # type: ignore[arg-type]


CASES = {
    "recreated": (TABLE, replace(TABLE, oid=200)),
    "its key changed": (TABLE, replace(TABLE, key=(2,))),
    "the publication changed": (TABLE, replace(TABLE, membership="9/8/1")),
    "a column was renamed": (TABLE, with_note(name="remark")),
    "a column was replaced": (TABLE, with_note(number=5)),
    "a column's type changed": (TABLE, with_note(type_oid=23)),
    "an array's dimensions changed": (TABLE, with_note(dimensions=2)),
    "a type's labels or fields changed": (
        TYPED, replace(TYPED, types=((20_000, ("1=poor", "2=good")),)),
    ),
    "rewritten": (TABLE, replace(with_note(version="8"), filenode=501)),
    "all its columns were touched": (
        TABLE, replace(TABLE, columns=(replace(ID, version="9"), replace(NOTE, version="9"))),
    ),
    "a column with values was added": (
        TABLE, replace(TABLE, columns=(ID, NOTE, replace(EXTRA, is_filled=True))),
    ),
    "a column was added where others are gone": (
        replace(TABLE, columns=(ID,)),
        replace(TABLE, columns=(ID, EXTRA)),
    ),
    "a partition was detached or dropped": (PARTED, replace(PARTED, partitions=LEAVES[:1])),
    "a partition was emptied or rewritten": (
        PARTED, replace(PARTED, partitions=(LEAVES[0], replace(LEAVES[1], filenode=600))),
    ),
    "a partition was attached": (
        PARTED, replace(PARTED, partitions=(*LEAVES, Partition(103, 503, "8"))),
    ),
    "its columns changed": (TABLE, with_note(is_nullable=False)),
}  # fmt: skip
NOTED = {
    "rewritten by VACUUM FULL": (TABLE, replace(TABLE, filenode=501)),
    "touched": (TABLE, with_note(version="8")),
    "identity FULL": (TABLE, replace(TABLE, identity="f")),
    "a default set": (TABLE, with_note(is_filled=True)),
}
SCHEMA = {
    "a nullable column added": (TABLE, replace(TABLE, columns=(ID, NOTE, EXTRA))),
    "a column dropped": (TABLE, replace(TABLE, columns=(ID,))),
    "a label added": (TYPED, replace(TYPED, types=((20_000, ("1=bad", "2=good", "3=fair")),))),
    "text from varchar": (with_note(type_oid=1043, typmod=14), TABLE),
}


def test_every_rule_has_a_case() -> None:
    assert list(CASES) == [rule.what for rule in RULES]


@pytest.mark.parametrize("what", CASES)
def test_a_rule_decides(what: str) -> None:
    before, after = CASES[what]
    (rule,) = [rule for rule in RULES if rule.what == what]
    assert consequence(before, after) == (rule.consequence, what)


@pytest.mark.parametrize("pair", NOTED.values(), ids=NOTED)
def test_what_changes_no_row_is_noted(pair: tuple[Definition, Definition]) -> None:
    assert consequence(*pair)[0] is Consequence.NOTE


@pytest.mark.parametrize("pair", SCHEMA.values(), ids=SCHEMA)
def test_what_old_rows_still_fit_is_a_schema_record(pair: tuple[Definition, Definition]) -> None:
    assert consequence(*pair)[0] is Consequence.SCHEMA


def test_nothing_follows_from_nothing() -> None:
    assert consequence(PARTED, PARTED)[0] is Consequence.NOTHING


def test_a_partition_in_the_middle_holds_no_rows() -> None:
    middle, leaf = Partition(103, 0, "8"), Partition(104, 504, "8")
    assert new_partitions(PARTED, replace(PARTED, partitions=(*LEAVES, middle, leaf))) == (104,)


@pytest.mark.parametrize("definition", [TABLE, PARTED, TYPED])
def test_a_definition_is_read_as_it_was_written(definition: Definition) -> None:
    assert Definition.from_json(definition.to_json()) == definition


def test_what_is_no_definition_is_refused() -> None:
    with pytest.raises(ContractError, match="holds no definition"):
        Definition.from_json('["public.t"]')
