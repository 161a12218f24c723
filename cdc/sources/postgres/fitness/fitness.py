"""Which relations are captured, which are left out and why, and which forbid a start.

What our SELECT reads of a table and what the log says of it must be the same rows. Each kind of
relation for which they differ is handled here, with its fix. A relation named exactly or captured
before is refused; one that a wildcard merely matches is left out with a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from cdc.check import Check
from cdc.config import Source
from cdc.sources.postgres.catalogue.look import one_snapshot
from cdc.sources.postgres.catalogue.tables import Table, all_tables
from cdc.sources.postgres.connection import Connection
from cdc.sources.postgres.fitness.candidates import (
    Candidate,
    Index,
    as_privileged,
    find_candidates,
    with_details,
)
from cdc.sources.postgres.fitness.judge import KINDS, Judge, is_named

NAMES_MAX = 5
"""The most names that one line lists of relations left out."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A table that a wildcard matches but that cannot be captured."""

    table: str
    reason: str
    fix: str

    @property
    def words(self) -> tuple[str, str, str]:
        return self.table, self.reason, self.fix

    @property
    def warning(self) -> Check:
        name = f"table {self.table}"
        return Check(name, False, f"{name} is left out: it {self.reason}", self.fix, "warning")

    @property
    def refusal(self) -> Check:
        name = f"table {self.table}"
        return Check(name, False, f"{name} {self.reason}", self.fix)


@dataclass(frozen=True, slots=True)
class Fitness:
    """`captured`: sorted by name. `refused`: these forbid a start. `notes`: other facts, good ones
    and warnings."""

    captured: list[Table]
    left_out: list[LeftOut]
    refused: list[Check]
    notes: list[Check]

    @property
    def checks(self) -> list[Check]:
        return [*self.refused, *(each.warning for each in self.left_out), *self.notes]


def fitness(
    source: Source,
    connection: Connection,
    known: Collection[str] = (),
    *,
    is_privileged: bool = False,
) -> Fitness:
    """What can be captured of the source's patterns now, by the connected role, or by one that may
    read everything where `is_privileged`.

    `known`: tables captured before; where one no longer can be, it is refused, not left out. Raises
    psycopg's errors.
    """
    with one_snapshot(connection):
        return _fitness(source, connection, known, is_privileged=is_privileged)


def _fitness(
    source: Source, connection: Connection, known: Collection[str], *, is_privileged: bool
) -> Fitness:
    candidates = find_candidates(connection, source.tables)
    named = [c for c in candidates if is_named(c.name, source.tables)]
    roots = {c.oid for c in named}
    details = with_details(connection, [c for c in candidates if c.oid in roots or c.root in roots])
    if is_privileged:
        details = [as_privileged(candidate) for candidate in details]
    judge = Judge(source, connection.info.user, {c.oid: c for c in candidates}, details)
    is_exact = {*source.tables, *known}.__contains__
    fit: dict[int, Index] = {}
    left_out: list[LeftOut] = []
    refused = list(_unmatched(source, candidates, named))
    # Known tables first: a table that is captured keeps its topic before one of a like name.
    named_details = [c for c in details if c.oid in roots]
    for candidate in sorted(named_details, key=lambda c: c.name not in known):
        verdict = judge.verdict(candidate)
        if isinstance(verdict, Index):
            fit[candidate.oid] = verdict
        elif is_exact(candidate.name):
            subject = f"table {candidate.name}" if candidate.is_table else candidate.name
            reason = f"{subject} {verdict.reason}"
            refused.append(Check(f"table {candidate.name}", False, reason, verdict.fix))
        elif judge.could_be_captured(candidate):
            left_out.append(LeftOut(candidate.name, verdict.reason, verdict.fix))
    captured = [t for t in all_tables(connection).values() if t.oid in fit]
    if not captured and not refused:
        # Nothing can be captured: then the tables left out are the reason.
        refused, left_out = [each.refusal for each in left_out], []
    notes = [*_captured_notes(details, fit), *_other_kinds(named)]
    left_out.sort(key=lambda each: each.table)
    return Fitness(sorted(captured, key=lambda table: table.name), left_out, refused, notes)


def _unmatched(
    source: Source, candidates: Sequence[Candidate], named: Sequence[Candidate]
) -> Iterable[Check]:
    """Patterns that match nothing, or no table."""
    for pattern in source.tables:
        matched = [c for c in named if is_named(c.name, [pattern])]
        if any(c.name == pattern or c.is_table or c.root is not None for c in matched):
            continue
        name = f"table {pattern}"
        if matched:
            message = f"pattern {pattern} matches no table: {matched[0].name} is "
            message += KINDS.get(matched[0].kind, ("of the system",))[0]
            yield Check(name, False, message, "name tables, or take it out of the source's tables")
            continue
        bare = pattern.rpartition(".")[2].lower()
        similar = [c.name for c in candidates if c.name.rpartition(".")[2].lower() == bare]
        fix = f"correct it; there is {similar[0]}" if similar else (
            "create it, or take it out of the source's tables"
        )  # fmt: skip
        yield Check(name, False, f"{name} does not exist in source {source.name}", fix)


def _captured_notes(details: Sequence[Candidate], fit: dict[int, Index]) -> Iterable[Check]:
    for table in details:
        key = fit.get(table.oid)
        if key is None:
            continue
        name = f"table {table.name}"
        kind = "is partitioned and " if table.kind == "p" else ""
        yield Check(name, True, f"{name} {kind}has the key ({', '.join(key.columns)})")
        if table.children:
            yield Check(
                name, False, f"{name} is captured without the rows of the tables that inherit from "
                f"it ({', '.join(table.children)}): views of it see FROM ONLY {table.name}",
                "capture those tables too, and let views read them by UNION ALL",
                level="warning",
            )  # fmt: skip


def _other_kinds(named: Sequence[Candidate]) -> Iterable[Check]:
    """Relations that a wildcard matches but nobody expects to be captured, in one line."""
    parts = []
    for kind, (_, plural) in KINDS.items():
        names = [c.name for c in named if c.kind == kind and c.root is None and not c.is_system]
        if names:
            more = ", …" if len(names) > NAMES_MAX else ""
            parts.append(f"{len(names)} {plural} ({', '.join(names[:NAMES_MAX])}{more})")
    partitions = sum(c.root is not None for c in named)
    if partitions:
        parts.append(f"{partitions} partitions, which are captured as their tables")
    if parts:
        yield Check("left out", True, f"not captured: {'; '.join(parts)}")
