"""Keeps the publication such that it sends every change of the captured tables, and makes nobody
else's writes fail."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from cdc.errors import PreflightError, SourceError
from cdc.recorded import Recorded
from cdc.sources.postgres.catalogue.look import Look
from cdc.sources.postgres.catalogue.publication import can_be_tried_again, ensure_publication
from cdc.sources.postgres.connection import Connection, source_errors
from cdc.sources.postgres.fitness.fitness import fitness
from cdc.wanted import Wanted

_logger = logging.getLogger("rederive.capture")


class Coverage:
    """Compares the wanted tables with the publication. `is_locked`: the publication could
    not be changed because of a lock; to be tried again."""

    def __init__(self, wanted: Wanted, connection: Connection, recorded: Recorded) -> None:
        self._wanted, self._connection, self._recorded = wanted, connection, recorded
        self.is_locked = False

    def unfit(self) -> dict[str, str]:
        """The tables that cannot be captured as they are, with the reason."""
        source = self._wanted.source
        with source_errors(source, "look at the tables of"):
            seen = fitness(source, self._connection, self._recorded.names())
        refused = {c.name.removeprefix("table "): c for c in seen.refused}
        left_out = {each.table: each.refusal for each in seen.left_out}
        faults = {name: f"{c.message}. Fix: {c.fix}." for name, c in (refused | left_out).items()}
        return {name: why for name, why in faults.items() if name not in self._wanted.removed}

    def mend(self, seen: Look, covered: Sequence[str]) -> list[str]:
        """Add what the publication lacks. Returns the tables whose changes may be missing in the
        log. Raises PreflightError where the publication is not ours to mend."""
        self.is_locked = False
        source, publication = self._wanted.source, seen.publication
        filtered = sorted(publication.filtered & set(covered)) if publication else []
        if filtered:
            raise PreflightError(
                f"Publication {source.publication_name} leaves out rows or columns of "
                f"{', '.join(filtered)}.",
                fix="remove its row filters and column lists",
            )
        lacking = [n for n in covered if publication is None or not publication.covers(n)]
        is_partitioned = any(seen.definitions[name].kind == "p" for name in covered)
        is_whole = publication is not None and publication.is_whole(is_partitioned=is_partitioned)
        if is_whole and not lacking:
            return []
        lost = sorted(set(lacking) & set(self._recorded.names()))
        if not is_whole or lost:
            _logger.warning(
                "Publication %s was changed; it is mended, and %s refilled.",
                source.publication_name,
                f"{', '.join(lost)} will be" if lost else "tables will be",
            )
        try:
            ensure_publication(source, self._connection, covered, is_partitioned=is_partitioned)
        except SourceError as error:
            if not can_be_tried_again(error.__cause__):
                raise
            self.is_locked = True
        return lacking if is_whole else list(covered)
