"""How to select one row of a table by its key.

Our sessions resolve names in pg_catalog only. So the equality of an extension's type (citext,
ltree, …) is written with its schema; it is the one of the key's own index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from cdc.sources.postgres.connection import Connection

_RELATION = "SELECT relkind = 'p' FROM pg_class WHERE oid = %s"

_OPERATORS = """
SELECT DISTINCT ON (a.attname) a.attname, n.nspname, o.oprname
FROM pg_index i
CROSS JOIN LATERAL unnest(i.indkey::int2[], i.indclass::oid[]) AS k (attnum, opclass)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
JOIN pg_opclass c ON c.oid = k.opclass
JOIN pg_am am ON am.oid = c.opcmethod AND am.amname = 'btree'
JOIN pg_amop m ON m.amopfamily = c.opcfamily AND m.amopstrategy = 3
              AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype
JOIN pg_operator o ON o.oid = m.amopopr
JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE i.indrelid = %s AND i.indisunique AND a.attname = ANY (%s)
ORDER BY a.attname, i.indisprimary DESC
"""


@dataclass(frozen=True, slots=True)
class Lookup:
    """`only`: keeps out rows of inheritance children; `condition`: with one parameter for each
    key column, in order."""

    only: sql.SQL
    condition: sql.Composed


def find_lookup(connection: Connection, oid: int, key: Sequence[str]) -> Lookup:
    """The lookup by today's catalogue. Without an index, equality is pg_catalog's."""
    row = connection.execute(_RELATION, [oid]).fetchone()
    rows = connection.execute(_OPERATORS, [oid, list(key)])
    operators = {column: (schema, name) for column, schema, name in rows}
    conditions = (
        sql.SQL("{} OPERATOR({}.{}) {}").format(
            sql.Identifier(column), sql.Identifier(schema), sql.SQL(name), sql.SQL(f"${place}")
        )
        for place, column in enumerate(key, 1)
        for schema, name in [operators.get(column, ("pg_catalog", "="))]
    )
    is_partitioned = bool(row and row[0])
    return Lookup(sql.SQL("" if is_partitioned else "ONLY "), sql.SQL(" AND ").join(conditions))
