"""One view in PostgreSQL.

Generation 3 of table `daily` is the table `daily_g3`; readers use the view `daily`, which selects
from the live one. A step, its cut and the guard against an older step are one transaction: effect
and position commit together. A short step is one pipeline (`short_step.py`), a longer one uses COPY
into a temporary table, and a generation's first step a plain COPY.
"""

from __future__ import annotations

import select
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql

from cdc.bounded_connection import ANSWER_TIMEOUT_S, BoundedConnection
from materializers.errors import SinkError
from materializers.sinks.connection import SinkConnection
from materializers.sinks.options import Options
from materializers.sinks.owner import Owner
from materializers.sinks.plain import parse_json, plain_document
from materializers.sinks.postgresql.column import json_value
from materializers.sinks.postgresql.control import Control
from materializers.sinks.postgresql.errors import connecting, of_error, translated
from materializers.sinks.postgresql.fit import refuse_unfit
from materializers.sinks.postgresql.indexes import carry_indexes
from materializers.sinks.postgresql.isolation import is_of_a_row
from materializers.sinks.postgresql.name import generation_name, generation_stem
from materializers.sinks.postgresql.ownership import Ownership, application_name
from materializers.sinks.postgresql.publicview import PublicView
from materializers.sinks.postgresql.rights import missing_rights
from materializers.sinks.postgresql.short_step import ROWS_MAX, ShortStep
from materializers.sinks.postgresql.table import Table, comment
from materializers.sinks.renderer import Renderer
from materializers.sinks.sink import Generation
from materializers.step import Step
from materializers.view import SinkDefinition, ViewSchema
from materializers.writer import Writer
from rederive.migrations.upgrade import upgrade

SCAN_ROWS = 5000
CONNECT_TIMEOUT_S = 10
LOCK_TIMEOUT_MS = 5000
Connection = psycopg.Connection[Any]


class _RowRefused(Exception):
    """Rolls back a transaction in which the server refused a row; `step` can be read again."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step


class PostgresqlSink:
    """One view in one table. Options: table, schema, key."""

    def __init__(
        self,
        definition: SinkDefinition,
        connection: SinkConnection,
        schema: ViewSchema,
        writer: Writer | None = None,
    ) -> None:
        options = Options(definition, ("table", "schema", "key"))
        options.key(schema)
        self._view = schema
        self._name = connection.name
        self._settings = connection.settings
        self._schema = options.text("schema", "public")
        self._table = options.text("table", schema.name)
        self._owner = definition.name
        refuse_unfit(options, schema, self._table)
        self._ownership = Ownership(self._schema, self._table, self._owner, writer)
        self._control = Control(self._schema, self._table, self._owner, self._ownership.run)
        self._public_view = PublicView(self._schema, self._table)
        self._renderer = Renderer(schema)
        self._connection: Connection | None = None
        self._is_upgraded = False

    def owner(self) -> Owner | None:
        with self._transaction() as connection:
            return self._ownership.read(connection)

    def claim(self, tenure: str, over: Owner | None) -> None:
        self._upgrade()
        if over is not None:
            with self._transaction() as connection:
                self._ownership.end_sessions(connection, over)
        with self._change_of_tables() as connection:
            self._ownership.claim(connection, tenure, over)

    def sign(self, *, has_ended: bool = False) -> None:
        with self._change_of_tables() as connection:
            self._ownership.sign(connection, has_ended)

    def generations(self) -> Mapping[int, Generation]:
        with self._transaction() as connection:
            return self._generations(connection)

    def _generations(self, connection: Connection) -> dict[int, Generation]:
        known = self._control.generations(connection)
        places = {number: self._generation_table(number).name for number in known}
        existing = self._control.existing(connection, places)
        live = self._shown(connection)
        present = {n: replace(known[n], is_live=n == live) for n in known if n in existing}
        if live is not None and live not in present:
            present[live] = Generation(live, -1, "", is_live=True)  # its control row is lost
        return present

    def _shown(self, connection: Connection) -> int | None:
        """The generation that readers see, regardless of the control table."""
        name = self._public_view.table(connection) or ""
        number = name.removeprefix(generation_stem(self._table))
        return int(number) if number != name and number.isdecimal() else None

    def missing_rights(self) -> list[tuple[str, str]]:
        """The rights that this sink's user lacks, each with the statement that grants it."""
        with self._transaction() as connection:
            return list(missing_rights(connection, self._schema))

    def create(self, number: int) -> None:
        self._upgrade()
        with self._change_of_tables() as connection:
            self._ownership.hold(connection)
            self._refuse_foreign(connection, number)
            self._remove(connection, number)
            self._generation_table(number).create(connection, self._owner)
            self._control.insert(connection, number)

    def _upgrade(self) -> None:
        if not self._is_upgraded:
            with translated(self._name):
                upgrade(lambda: self._connect(autocommit=False), "sink")
            self._is_upgraded = True

    def _refuse_foreign(self, connection: Connection, number: int) -> None:
        name = self._table_name(number)
        if self._is_my_table(connection, number) is False:
            raise self._foreign(connection, name)
        view = self._public_view.oid(connection)
        mine = view is None or view == self._ownership.view_oid(connection)
        if not mine and self._shown(connection) is None:
            raise self._foreign(connection, self._table)

    def _foreign(self, connection: Connection, name: str) -> SinkError:
        place = sql.Identifier(self._schema, name).as_string(connection)
        return SinkError(
            f"sink {self._name}: {place} exists and is not of sink {self._owner}.",
            fix=f"rename or drop it, or give {self._owner} another table = '…'.",
        )

    def _is_my_table(self, connection: Connection, number: int) -> bool | None:
        """Whether the generation's table is this sink's, by the control table, or by the table's
        comment if that row is lost. None where the table does not exist."""
        place = sql.Identifier(self._schema, self._table_name(number)).as_string(connection)
        row = connection.execute(
            "SELECT obj_description(oid, 'pg_class') FROM pg_class WHERE oid = to_regclass(%s)",
            (place,),
        ).fetchone()
        if row is None:
            return None
        return number in self._control.generations(connection) or row[0] == comment(self._owner)

    def _remove(self, connection: Connection, number: int) -> None:
        self._control.lock(connection, number)
        if self._shown(connection) == number:
            raise SinkError(f"sink {self._name}: generation {number} of {self._table} is live.")
        self._generation_table(number).drop(connection)
        self._control.delete(connection, number)

    def write(self, number: int, step: Step) -> None:
        self._upgrade()
        step, is_short = step.read_ahead(ROWS_MAX)
        try:
            if not (is_short and self._write_short(number, step)):
                self._write(number, step, is_each=False)
        except _RowRefused as refused:
            # In savepoints, whose cost only such a step has to pay.
            self._write(number, refused.step, is_each=True)

    def _write_short(self, number: int, step: Step) -> bool:
        """Write a step in one pipeline. False: nothing was written; the long way does it, or finds
        out why not."""
        place = self._generation_table(number).name
        short = ShortStep(place, self._view, self._renderer)
        if not short.fits([*step.deletes, *step.upserts]):
            return False
        try:
            with self._pipeline() as (connection, pipeline), connection.transaction() as all_of_it:
                lock = self._control.ask(connection, number)
                short.move(connection, step.deletes, step.upserts)
                pipeline.sync()
                row = lock.fetchone()
                if row is None or step.version < Generation(*row).version:
                    raise psycopg.Rollback(all_of_it)
                step.refusals.settle()
                self._control.reach(connection, number, step.version, step.cut)
        except psycopg.Error as error:
            if is_of_a_row(error):
                raise _RowRefused(step) from error
            return False
        return row is not None

    def _write(self, number: int, step: Step, is_each: bool) -> None:
        def refuse(row: pa.RecordBatch, error: psycopg.Error) -> None:
            step.refusals.add(row, of_error(self._name, error))

        table = self._generation_table(number)
        with self._transaction() as connection:
            before = self._require(connection, number)
            if step.version < before.version:
                return
            if before.version < 0:
                # The table is empty: there is nothing to delete or replace.
                table.load(connection, step.upserts, refuse)
            elif is_each:
                table.move_each(connection, step.deletes, step.upserts, refuse)
            else:
                self._move(connection, table, step)
            step.refusals.settle()
            self._control.reach(connection, number, step.version, step.cut)

    def _move(self, connection: Connection, table: Table, step: Step) -> None:
        step = replace(step, upserts=list(step.upserts), deletes=list(step.deletes))
        try:
            table.remove(connection, step.deletes)
            table.merge(connection, step.upserts)
        except psycopg.Error as error:
            if is_of_a_row(error):
                raise _RowRefused(step) from error
            raise

    def _require(self, connection: Connection, number: int) -> Generation:
        generation = self._control.lock(connection, number)
        place = {number: self._generation_table(number).name}
        if generation is None or not self._control.existing(connection, place):
            self._ownership.hold(connection)
            raise self._missing(number)
        return generation

    def _missing(self, number: int) -> SinkError:
        return SinkError(
            f"sink {self._name}: generation {number} of {self._table} does not exist.",
            is_retryable=True,
        )

    def switch(self, number: int) -> None:
        self._upgrade()
        with self._change_of_tables() as connection:
            self._require(connection, number)
            if (live := self._shown(connection)) is not None:
                former, coming = self._table_name(live), self._table_name(number)
                carry_indexes(connection, self._schema, former, coming)
            self._switch(connection, number)

    def rehearse(self, number: int) -> None:
        self._upgrade()
        with self._change_of_tables() as connection:
            self._switch(connection, number)
            raise psycopg.Rollback

    def _switch(self, connection: Connection, number: int) -> None:
        self._require(connection, number)
        self._refuse_foreign(connection, number)
        self._public_view.show(connection, self._generation_table(number).name)
        self._ownership.note_view(connection, self._public_view.oid(connection))
        self._control.go_live(connection, number)

    def drop(self, number: int) -> None:
        self._upgrade()
        with self._change_of_tables() as connection:
            self._ownership.hold(connection)
            known = self._control.generations(connection)
            if number in known or self._is_my_table(connection, number):
                self._remove(connection, number)

    def holds_rows(self, number: int) -> bool:
        table = self._generation_table(number).name
        with self._transaction() as connection:
            row = connection.execute(f"SELECT EXISTS (SELECT FROM {table})".encode()).fetchone()
        return row is not None and bool(row[0])

    def scan(self, number: int) -> Iterable[Mapping[str, Any]]:
        columns = ", ".join(json_value(column) for column in self._view.columns)
        table = self._generation_table(number).name
        # A connection of its own: an unfinished scan must not block later steps.
        with translated(self._name), self._connect(autocommit=False) as connection:
            if number not in self._generations(connection):
                raise self._missing(number)
            with connection.cursor(name="rederive_scan") as cursor:
                cursor.itersize = SCAN_ROWS
                cursor.execute(
                    f"SELECT row_to_json(r)::text FROM (SELECT {columns} FROM {table}) r".encode()
                )
                for (text,) in cursor:
                    yield plain_document(self._view, parse_json(text))

    def close(self) -> None:
        self._renderer.close()
        if self._connection is not None:
            self._connection.close()

    def _table_name(self, number: int) -> str:
        return generation_name(self._table, number)

    def _generation_table(self, number: int) -> Table:
        return Table(self._schema, self._table_name(number), self._view, self._renderer)

    @contextmanager
    def _change_of_tables(self) -> Iterator[Connection]:
        """A transaction that gives up where a reader locks a table for long: a waiting lock makes
        every new reader queue behind it."""
        with self._transaction() as connection:
            connection.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}".encode())
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """One transaction on the sink's connection, which is reopened if it broke."""
        with translated(self._name):
            connection = self._connected()
            with connection.transaction():
                yield connection

    @contextmanager
    def _pipeline(self) -> Iterator[tuple[Connection, psycopg.Pipeline]]:
        """The sink's connection in pipeline mode: statements do not wait for their answers."""
        with translated(self._name):
            connection = self._connected()
        with connection.pipeline() as pipeline:
            yield connection, pipeline

    def _connected(self) -> Connection:
        if self._connection is not None and _is_spoken_to(self._connection):
            self._connection.close()
        if self._connection is None or self._connection.closed:
            self._connection = self._connect(autocommit=True)
        return self._connection

    def _connect(self, autocommit: bool) -> Connection:
        settings: dict[str, Any] = {
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": application_name(self._ownership.writer),
            "client_encoding": "utf8",
        }
        settings |= {name: _open(value) for name, value in self._settings.items()}
        dsn = settings.pop("dsn", "")
        timeout_s = float(settings.pop("request_timeout", ANSWER_TIMEOUT_S))
        with connecting(self._name, str(dsn), settings):
            connection = BoundedConnection.connect(str(dsn), autocommit=autocommit, **settings)
        connection.answer_timeout_s = timeout_s
        try:
            connection.execute("SET timezone = 'UTC'; SET intervalstyle = 'iso_8601'")
            if not autocommit:
                connection.commit()
        except BaseException:
            connection.close()
            raise
        return connection


def _open(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def _is_spoken_to(connection: Connection) -> bool:
    """Whether the server sent something unasked: usually that it ends the connection."""
    if connection.closed:
        return False
    asked = select.poll()  # select() takes no descriptor above 1023
    asked.register(connection.fileno(), select.POLLIN)
    return bool(asked.poll(0))
