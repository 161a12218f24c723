"""How one row of a table is found by its key, whatever the key's types and the table's children.

Our sessions look names up in pg_catalog alone, so the equality of a type that an extension brought
(citext, ltree, …) is named with its schema: it is that of the key's own index.
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
    """`only` keeps the rows of inheritance children out; `condition` has a parameter for each
    column of the key, in its order."""

    only: sql.SQL
    condition: sql.Composed


def find_lookup(connection: Connection, oid: int, key: Sequence[str]) -> Lookup:
    """As the catalog has it now; where an index is gone by then, equality is pg_catalog's."""
    row = connection.execute(_RELATION, [oid]).fetchone()
    found = connection.execute(_OPERATORS, [oid, list(key)])
    operators = {column: (schema, name) for column, schema, name in found}
    conditions = (
        sql.SQL("{} OPERATOR({}.{}) {}").format(
            sql.Identifier(column), sql.Identifier(schema), sql.SQL(name), sql.SQL(f"${place}")
        )
        for place, column in enumerate(key, 1)
        for schema, name in [operators.get(column, ("pg_catalog", "="))]
    )
    is_partitioned = bool(row and row[0])
    return Lookup(sql.SQL("" if is_partitioned else "ONLY "), sql.SQL(" AND ").join(conditions))
