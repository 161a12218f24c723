"""The table `rederive.generations`: the generations, the cut of each, and which one is live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from materializers.sinks.postgresql.ownership import OWNERS_TABLE
from materializers.sinks.sink import Generation

CONTROL_TABLE = "rederive.generations"


@dataclass(frozen=True, slots=True)
class Control:
    """The rows of one target, `schema.table`, of the sink `sink` that the run `run` writes."""

    schema: str
    table: str
    sink: str
    run: str

    def generations(self, connection: psycopg.Connection[Any]) -> dict[int, Generation]:
        """All generations; none where the control table does not exist."""
        row = connection.execute("SELECT to_regclass(%s)", (CONTROL_TABLE,)).fetchone()
        if row is None or row[0] is None:
            return {}
        rows = connection.execute(
            f"SELECT number, version, cut, is_live FROM {CONTROL_TABLE} "
            "WHERE table_schema = %s AND table_name = %s AND sink = %s ORDER BY number",
            (self.schema, self.table, self.sink),
        )
        return {number: Generation(number, *rest) for number, *rest in rows}

    def existing(
        self, connection: psycopg.Connection[Any], tables: Mapping[int, str]
    ) -> frozenset[int]:
        """The numbers of those generations whose table (schema-qualified, quoted) exists."""
        rows = connection.execute(
            "SELECT number FROM unnest(%s::int[], %s::text[]) AS wanted (number, place)"
            " WHERE to_regclass(place) IS NOT NULL",
            ([*tables], [*tables.values()]),
        )
        return frozenset(number for (number,) in rows)

    def lock(self, connection: psycopg.Connection[Any], number: int) -> Generation | None:
        """A generation, locked together with its owner until the transaction ends; None where it
        does not exist or is no longer this run's."""
        row = self.ask(connection, number).fetchone()
        return Generation(*row) if row else None

    def ask(self, connection: psycopg.Connection[Any], number: int) -> psycopg.Cursor[Any]:
        """`lock` as a cursor, to be fetched later: the values of a Generation, or no row."""
        return connection.execute(
            f"SELECT g.number, g.version, g.cut, g.is_live FROM {CONTROL_TABLE} g"
            f" JOIN {OWNERS_TABLE} o USING (table_schema, table_name, sink)"
            " WHERE table_schema = %s AND table_name = %s AND sink = %s AND o.run = %s"
            " AND g.number = %s FOR UPDATE OF g FOR KEY SHARE OF o",
            (self.schema, self.table, self.sink, self.run, number),
        )

    def insert(self, connection: psycopg.Connection[Any], number: int) -> None:
        """Add a generation without a step."""
        connection.execute(
            f"INSERT INTO {CONTROL_TABLE} (table_schema, table_name, sink, number) "
            "VALUES (%s, %s, %s, %s)",
            (self.schema, self.table, self.sink, number),
        )

    def delete(self, connection: psycopg.Connection[Any], number: int) -> None:
        connection.execute(
            f"DELETE FROM {CONTROL_TABLE} WHERE table_schema = %s AND table_name = %s "
            "AND sink = %s AND number = %s",
            (self.schema, self.table, self.sink, number),
        )

    def reach(
        self, connection: psycopg.Connection[Any], number: int, version: int, cut: str
    ) -> None:
        """Store the cut that a generation has reached."""
        connection.execute(
            f"UPDATE {CONTROL_TABLE} SET version = %s, cut = %s WHERE table_schema = %s "
            "AND table_name = %s AND sink = %s AND number = %s",
            (version, cut, self.schema, self.table, self.sink, number),
        )

    def go_live(self, connection: psycopg.Connection[Any], number: int) -> None:
        """Mark one generation live and the others not."""
        for is_live, condition in ((False, "number <> %s AND is_live"), (True, "number = %s")):
            connection.execute(
                f"UPDATE {CONTROL_TABLE} SET is_live = %s WHERE table_schema = %s "
                f"AND table_name = %s AND sink = %s AND {condition}",
                (is_live, self.schema, self.table, self.sink, number),
            )
