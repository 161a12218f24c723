"""By which key the log identifies a table's rows, and what makes that impossible or wrong."""

from __future__ import annotations

from dataclasses import dataclass

from cdc.sources.postgres.fitness.candidates import Candidate, Index


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a relation cannot be captured: `reason` completes "table public.t …"."""

    reason: str
    fix: str


def key_of(table: Candidate) -> Index | Unfit:
    """The index of the key, by the table's replica identity."""
    if table.identity == "n":
        return Unfit("has REPLICA IDENTITY NOTHING",
                     f"ALTER TABLE {table.quoted} REPLICA IDENTITY DEFAULT")  # fmt: skip
    if table.identity == "i":
        index = next((each for each in table.indexes if each.is_identity), None)
        if index is None:
            return Unfit("has lost the index of its replica identity",
                         f"ALTER TABLE {table.quoted} REPLICA IDENTITY DEFAULT")  # fmt: skip
        return _with_stored_columns(table, index)
    index = next((each for each in table.indexes if each.is_primary), None)
    if index is None:
        return Unfit("has no primary key", _other_key(table)
                     or f"ALTER TABLE {table.quoted} ADD PRIMARY KEY (…)")  # fmt: skip
    if not index.is_immediate:
        # While the check is deferred two rows may have one key, under FULL too; the last record of
        # that key would then be the wrong one.
        name = index.constraint
        return Unfit(
            f"has a deferrable primary key ({', '.join(index.columns)}): once published, PostgreSQL"
            " refuses the application's own UPDATE and DELETE",
            _other_key(table) or f"ALTER TABLE {table.quoted} DROP CONSTRAINT {name}, "
            f"ADD CONSTRAINT {name} PRIMARY KEY ({index.quoted})",
        )  # fmt: skip
    return _with_stored_columns(table, index)


def declared_key(table: Candidate, columns: tuple[str, ...]) -> Index | Unfit:
    """The key that the project declares, as an index that does not exist."""
    missing = [name for name in columns if name not in table.full_columns]
    if missing:
        return Unfit(
            f"has no column {missing[0]} that is NOT NULL and not generated, though the project "
            "declares it part of the key",
            f"correct the source's keys, or ALTER TABLE {table.quoted} ALTER COLUMN … SET NOT NULL",
        )
    if table.identity != "f":
        return Unfit(
            "has its key declared in the project, and the log lacks it without FULL",
            f"ALTER TABLE {table.quoted} REPLICA IDENTITY FULL",
        )
    return Index(
        "", "", is_primary=False, is_identity=False, is_immediate=True, is_valid=True,
        is_partial=False, columns=columns, quoted="", is_not_null=True, generated=(),
    )  # fmt: skip


def unlike_partition(table: Candidate, key: Index, leaves: list[Candidate]) -> Unfit | None:
    """Why a partition's identity, by which the log has its rows, does not fit the table's."""
    for leaf in leaves:
        leaf_key = key_of(leaf)
        if isinstance(leaf_key, Unfit):
            return Unfit(f"has the partition {leaf.name}, which {leaf_key.reason}", leaf_key.fix)
        if table.identity == "f" and leaf.identity != "f":
            return Unfit(
                f"has REPLICA IDENTITY FULL, its partition {leaf.name} has not",
                f"ALTER TABLE {leaf.quoted} REPLICA IDENTITY FULL",
            )
        if leaf.identity != "f" and set(leaf_key.columns) != set(key.columns):
            return Unfit(
                f"has the key ({', '.join(key.columns)}), its partition {leaf.name} "
                f"({', '.join(leaf_key.columns)})",
                f"ALTER TABLE {leaf.quoted} REPLICA IDENTITY FULL",
            )
    return None


def _with_stored_columns(table: Candidate, index: Index) -> Index | Unfit:
    if not index.generated:
        return index
    return Unfit(
        f"has the generated column {', '.join(index.generated)} in its key, which the log lacks",
        _other_key(table)
        or f"give {table.quoted} a unique index over other columns, then ALTER TABLE "
        f"{table.quoted} REPLICA IDENTITY USING INDEX …",
    )


def _other_key(table: Candidate) -> str:
    """The statement that makes another unique index the replica identity, or ""."""
    usable = [index for index in table.indexes if index.can_be_identity]
    if not usable:
        return ""
    name = '"' + usable[0].name.replace('"', '""') + '"'
    return f"ALTER TABLE {table.quoted} REPLICA IDENTITY USING INDEX {name}"
