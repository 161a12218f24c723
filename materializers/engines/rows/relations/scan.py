"""Given rows: of a table, of VALUES, of a recursive query's working table."""

from __future__ import annotations

from materializers.engines.rows.relations.compiling import Compiling, Rows
from materializers.engines.rows.relations.environment import Environment
from materializers.engines.rows.scalar import Row
from materializers.sql.relations.recursive import WorkingTable
from materializers.sql.relations.scan import Scan
from materializers.sql.relations.values import Values


def scan(node: Scan, place: Compiling) -> Rows:
    names = [name for name, _ in node.listed]

    def rows(environment: Environment) -> list[Row]:
        return [tuple([row[name] for name in names]) for row in environment.tables[node.table]]

    return rows


def values(node: Values, place: Compiling) -> Rows:
    lines = [place.values(line, ()) for line in node.lines]
    return lambda environment: [line(environment.prefix) for line in lines]


def found_before(node: WorkingTable, place: Compiling) -> Rows:
    return lambda environment: environment.working[node.name]
