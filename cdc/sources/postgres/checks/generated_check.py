"""Warns of generated columns, which capture leaves out because the log does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cdc.check import Check
from cdc.config import Source
from cdc.sources.postgres.catalogue.publication import find_publication
from cdc.sources.postgres.catalogue.tables import Table
from cdc.sources.postgres.connection import Connection

_STORED_VERSION = 180_000
_COLUMNS = """
SELECT string_agg(n.nspname || '.' || c.relname || '.' || a.attname, ', '
                  ORDER BY n.nspname, c.relname, a.attnum)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attrelid = ANY (%s) AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attgenerated NOT IN ('', '{}')
"""


def check_generated(
    source: Source, connection: Connection, captured: Sequence[Table]
) -> Iterator[Check]:
    """One warning for all tables. Raises psycopg's errors."""
    publication = find_publication(connection, source.publication_name)
    can_be_sent = connection.info.server_version >= _STORED_VERSION
    is_sent = can_be_sent and (publication is None or publication.has_generated)
    query = _COLUMNS.format("s" if is_sent else "")
    row = connection.execute(query.encode(), [[table.oid for table in captured]]).fetchone()
    if row is None or not row[0]:
        return
    fix = "compute it in the view"
    if can_be_sent and not is_sent:
        name = source.publication_name.replace('"', '""')
        fix = f'ALTER PUBLICATION "{name}" SET (publish_generated_columns = stored), or {fix}'
    yield Check(
        "generated columns", False, f"{row[0]}: left out, as the log has no such columns", fix,
        level="warning",
    )  # fmt: skip
