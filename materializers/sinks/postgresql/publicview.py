"""The view that readers use; it selects from the live generation's table."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from materializers.sinks.document import quoted

_GRANTS = """
SELECT privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END
FROM pg_class, aclexplode(relacl) WHERE oid = to_regclass(%s) AND grantee <> relowner
"""

_COMMENTS = """
SELECT d.description, a.attname FROM pg_description d
LEFT JOIN pg_attribute a ON d.objsubid > 0 AND a.attrelid = d.objoid AND a.attnum = d.objsubid
WHERE d.classoid = 'pg_class'::regclass AND d.objoid = to_regclass(%s)
"""

_TABLES = """
SELECT DISTINCT t.relname FROM pg_rewrite r
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
JOIN pg_class t ON d.refclassid = 'pg_class'::regclass AND t.oid = d.refobjid
WHERE r.ev_class = to_regclass(%s) AND t.oid <> r.ev_class
"""


class PublicView:
    """The view with the table's plain name, changed in the caller's transaction."""

    def __init__(self, schema: str, name: str) -> None:
        self._name = f"{quoted(schema)}.{quoted(name)}"

    def oid(self, connection: psycopg.Connection[Any]) -> int | None:
        """The oid of whatever has that name, a view or not; None for nothing."""
        row = connection.execute("SELECT to_regclass(%s)::oid::bigint", (self._name,)).fetchone()
        return row[0] if row is not None else None

    def table(self, connection: psycopg.Connection[Any]) -> str | None:
        """The plain name of the one table it reads; None where there is no such view, or somebody
        has changed what it reads."""
        tables = connection.execute(_TABLES, (self._name,)).fetchall()
        return str(tables[0][0]) if len(tables) == 1 else None

    def show(self, connection: psycopg.Connection[Any], table: str) -> None:
        """Select from `table`, from the transaction's commit on. Keeps grants and comments, even
        where the columns differ and the view has to be recreated."""
        select = f"SELECT * FROM {table}"
        try:
            with connection.transaction():
                connection.execute(f"CREATE OR REPLACE VIEW {self._name} AS {select}".encode())
        except psycopg.errors.InvalidTableDefinition:
            self._recreate(connection, select)

    def _recreate(self, connection: psycopg.Connection[Any], select: str) -> None:
        grants = connection.execute(_GRANTS, (self._name,)).fetchall()
        comments = connection.execute(_COMMENTS, (self._name,)).fetchall()
        connection.execute(f"DROP VIEW {self._name}".encode())
        connection.execute(f"CREATE VIEW {self._name} AS {select}".encode())
        for privilege, grantee in grants:
            connection.execute(f"GRANT {privilege} ON {self._name} TO {grantee}".encode())
        columns = self._columns(connection)
        for text, column in comments:
            if column is None or column in columns:
                self._comment(connection, text, column)

    def _columns(self, connection: psycopg.Connection[Any]) -> set[str]:
        rows = connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s)", (self._name,)
        )
        return {name for (name,) in rows}

    def _comment(self, connection: psycopg.Connection[Any], text: str, column: str | None) -> None:
        what = f"VIEW {self._name}" if column is None else f"COLUMN {self._name}.{quoted(column)}"
        statement = sql.SQL("COMMENT ON {} IS {}")
        connection.execute(statement.format(sql.SQL(what), sql.Literal(text)))
