"""WITH RECURSIVE (manual, "WITH Queries"): the working table is what the step before added."""

from __future__ import annotations

from materializers.engines.rows.relations.compiling import Compiling, Rows
from materializers.engines.rows.relations.converted import conversion_of, converted
from materializers.engines.rows.relations.environment import Environment
from materializers.engines.rows.row_key import row_key
from materializers.engines.rows.scalar import Row
from materializers.sql.relations.recursive import Recursive


def recursive(node: Recursive, place: Compiling) -> Rows:
    base, term = place.rows(node.base), place.rows(node.term)
    of_base = conversion_of(node.base.columns, node.listed)
    of_term = conversion_of(node.term.columns, node.listed)
    key = row_key([column.type for column in node.listed])

    def rows(environment: Environment) -> list[Row]:
        seen: set[Row] = set()

        def added(result: list[Row]) -> list[Row]:
            return result if node.keeps_duplicates else _unseen(result, seen)

        working = added(converted(base(environment), of_base))
        result = list(working)
        while working:
            step = environment.following(node.name, working)
            working = added(converted(term(step), of_term))
            result += working
        return result

    def _unseen(rows: list[Row], seen: set[Row]) -> list[Row]:
        fresh = {key(row): row for row in reversed(rows) if key(row) not in seen}
        seen.update(fresh)
        return list(reversed(fresh.values()))

    return rows
