"""The view that readers use: it stands for the live generation's table."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from materializers.sinks.document import quoted

_GRANTS = """
SELECT privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END
FROM pg_class, aclexplode(relacl) WHERE oid = to_regclass(%s) AND grantee <> relowner
"""

_TABLES = """
SELECT DISTINCT t.relname FROM pg_rewrite r
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
JOIN pg_class t ON d.refclassid = 'pg_class'::regclass AND t.oid = d.refobjid
WHERE r.ev_class = to_regclass(%s) AND t.oid <> r.ev_class
"""


class PublicView:
    """A view by the table's plain name, changed inside the caller's transaction."""

    def __init__(self, schema: str, name: str, comment: str) -> None:
        self._name = f"{quoted(schema)}.{quoted(name)}"
        self._comment = comment

    def table(self, connection: psycopg.Connection[Any]) -> str | None:
        """The plain name of the one table that it stands for now; None where there is no such view,
        or somebody has made it read something else."""
        found = connection.execute(_TABLES, (self._name,)).fetchall()
        return str(found[0][0]) if len(found) == 1 else None

    def show(self, connection: psycopg.Connection[Any], table: str) -> None:
        """Stand for `table` from the transaction's commit on. What others may do with the view
        stays theirs, also where its columns differ and it has to be made anew."""
        select = f"SELECT * FROM {table}"
        try:
            with connection.transaction():
                connection.execute(f"CREATE OR REPLACE VIEW {self._name} AS {select}".encode())
        except psycopg.errors.InvalidTableDefinition:
            self._make_anew(connection, select)
        statement = sql.SQL("COMMENT ON VIEW {} IS {}")
        connection.execute(statement.format(sql.SQL(self._name), sql.Literal(self._comment)))

    def _make_anew(self, connection: psycopg.Connection[Any], select: str) -> None:
        grants = connection.execute(_GRANTS, (self._name,)).fetchall()
        connection.execute(f"DROP VIEW {self._name}".encode())
        connection.execute(f"CREATE VIEW {self._name} AS {select}".encode())
        for privilege, grantee in grants:
            connection.execute(f"GRANT {privilege} ON {self._name} TO {grantee}".encode())
