"""The SQL by which an administrator gives capture exactly the rights it needs.

The role may connect, replicate and read the captured tables. The publication belongs to the
administrator, for only the tables' owner may publish them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from cdc.check import Check
from cdc.config import Source
from cdc.errors import SourceError
from cdc.sources.postgres.catalogue.ddl_events import STATEMENTS
from cdc.sources.postgres.catalogue.publication import find_publication, publication_options
from cdc.sources.postgres.checks.publication_check import check_publication
from cdc.sources.postgres.checks.toast_check import check_toast
from cdc.sources.postgres.connection import Connection, connect, source_errors
from cdc.sources.postgres.fitness.candidates import Candidate, find_candidates
from cdc.sources.postgres.fitness.fitness import fitness

_USAGE = "rederive check --print-sql | psql --set=ON_ERROR_STOP=1 ADMINISTRATOR_DSN"


def administrators_sql(source: Source) -> str:
    """Statements for psql, for a superuser in the source's database. They can be run repeatedly.

    While the role cannot connect: those that let it, for its tables are known only then.
    """
    try:
        connection = connect(source)
    except SourceError as error:
        return "\n".join(_role(source, error)) + "\n"
    with connection, source_errors(source, "examine"):
        return "\n".join(_everything(source, connection)) + "\n"


def _head(source: Source, role: str, database: str) -> Iterator[str]:
    yield f"-- What capture of source {source.name} needs, as role {role} of database {database}."
    yield "-- To be run by a superuser in that database, and again whenever tables are added:"
    yield f"--   {_USAGE}"
    yield "SET client_encoding = 'UTF8';"


def _role(source: Source, error: SourceError) -> Iterator[str]:
    given = conninfo_to_dict(str(source.dsn))
    defaults = {each.keyword: each.val for each in pq.Conninfo.get_defaults()}
    fallback = defaults.get(b"user") or b"rederive"
    role = str(given.get("user") or fallback.decode())
    database = str(given.get("dbname") or role)
    yield from _head(source, role, database)
    yield f"-- As yet: {' '.join(error.message.split())}"
    yield "DO $rederive$ BEGIN"
    yield f"  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {_literal(role)}) THEN"
    yield f"    CREATE ROLE {_quoted(role)};"
    yield "  END IF;"
    yield "END $rederive$;"
    yield f"ALTER ROLE {_quoted(role)} LOGIN REPLICATION;"
    yield f"GRANT CONNECT ON DATABASE {_quoted(database)} TO {_quoted(role)};"
    yield f"-- Then give it the dsn's password (psql: \\password {role}), allow it in pg_hba.conf,"
    yield "-- and print this again: the tables are listed once the role can connect."


def _everything(source: Source, connection: Connection) -> Iterator[str]:
    role, database = connection.info.user, connection.info.dbname
    fit = fitness(source, connection, is_privileged=True)
    oids = {table.oid for table in fit.captured}
    tables = [each for each in find_candidates(connection, ()) if each.oid in oids]
    yield from _head(source, role, database)
    yield f"ALTER ROLE {_quoted(role)} LOGIN REPLICATION;"
    if any(table.has_policy for table in tables):
        yield "-- Row security would hide rows that the log shows."
        yield f"ALTER ROLE {_quoted(role)} BYPASSRLS;"
    yield f"GRANT CONNECT ON DATABASE {_quoted(database)} TO {_quoted(role)};"
    for schema in sorted({table.quoted_schema for table in tables}):
        yield f"GRANT USAGE ON SCHEMA {schema} TO {_quoted(role)};"
    if tables:
        names = ",\n    ".join(table.quoted for table in tables)
        yield f"GRANT SELECT ON TABLE\n    {names}\n    TO {_quoted(role)};"
        yield from _publication(source, connection, tables)
    if source.ddl == "events":
        yield "-- These mark each DDL command's position in the log."
        yield from (f"{statement};" for statement in STATEMENTS)
    publication = check_publication(source, connection, fit.captured)
    wide = check_toast(connection, fit.captured)
    yield from _advice([*fit.refused, *(each.warning for each in fit.left_out), *wide,
                        *(check for check in publication if not check.is_fatal)])  # fmt: skip


def _publication(
    source: Source, connection: Connection, tables: Sequence[Candidate]
) -> Iterator[str]:
    name = _quoted(source.publication_name)
    publication = find_publication(connection, source.publication_name)
    if publication is None:
        yield f"CREATE PUBLICATION {name} FOR TABLE\n    {_listed(tables)}"
        yield f"    WITH ({publication_options(connection)});"
        return
    if not publication.is_whole(is_partitioned=any(table.kind == "p" for table in tables)):
        yield f"ALTER PUBLICATION {name} SET ({publication_options(connection)});"
    missing = [table for table in tables if not publication.covers(table.name)]
    if missing:
        yield f"ALTER PUBLICATION {name} ADD TABLE\n    {_listed(missing)};"


def _listed(tables: Iterable[Candidate]) -> str:
    """A list for SQL. ONLY: tables that inherit from them may lack a key."""
    return ",\n    ".join(f"ONLY {table.quoted}" for table in tables)


def _advice(checks: Iterable[Check]) -> Iterator[str]:
    """Recommendations to the administrator, as comments."""
    for check in checks:
        if not check.ok:
            yield f"-- {' '.join(check.message.split())}."
            yield f"--   {' '.join(check.fix.split())}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
