"""Runs alembic on a target database: up to the newest revision, or down to nothing.

Each folder of revisions (`sink`) has its own version table in the schema `rederive`, so folders are
upgraded independently. A run is one transaction on a connection of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    import sqlalchemy

SCHEMA = "rederive"
# An arbitrary constant of ours: two processes must not upgrade at once.
_LOCK = 7_215_643_901
# Alembic's context is global to the process: threads take turns.
_TURN = threading.Lock()

# The tables of each folder. Revisions leave existing tables alone; a missing one was dropped.
_TABLES = {"sink": ("generations", "owners")}

Connect = Callable[[], psycopg.Connection[Any]]


def upgrade(connect: Connect, folder: str) -> None:
    """Bring the folder's tables to the newest revision. `connect` opens a connection, which is
    closed at the end. Raises psycopg's or SQLAlchemy's errors."""
    _run(connect, folder, "upgrade", "head")


def downgrade(connect: Connect, folder: str) -> None:
    """Drop the folder's tables."""
    _run(connect, folder, "downgrade", "base")


def _run(connect: Connect, folder: str, name: str, revision: str) -> None:
    # Imported here: they take longer to import than everything else of a sink.
    import sqlalchemy
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.pool import NullPool

    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        # IF NOT EXISTS would need the right to create schemas even where it exists.
        if connection.exec_driver_sql(f"SELECT to_regnamespace('{SCHEMA}')").scalar() is None:
            connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
        _forget_removed(connection, folder)
        config = Config()
        config.set_main_option(
            "script_location", str(Path(__file__).parent / folder).replace("%", "%%")
        )
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        config.attributes["version_table"] = f"{folder}_version"
        with _TURN:
            getattr(command, name)(config, revision)


def _forget_removed(connection: sqlalchemy.Connection, folder: str) -> None:
    """Start from the first revision where a table was dropped but its version was not."""
    tables = [
        connection.exec_driver_sql(f"SELECT to_regclass('{SCHEMA}.{table}')").scalar()
        for table in _TABLES[folder]
    ]
    if None in tables:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {SCHEMA}.{folder}_version")
