"""A source too large to be read whole at every cut: triggers note the keys that were touched."""

from __future__ import annotations

from collections.abc import Iterable

from cdc.contract.schemas import TableSchema
from materializers.intake.batch import Batch
from tests.views.source import Connection, Row, Source, fragments

_JOURNAL = "CREATE TABLE IF NOT EXISTS touched (relation text NOT NULL, key jsonb NOT NULL)"
_TRIGGER = """
CREATE FUNCTION note_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP <> 'INSERT' THEN INSERT INTO touched VALUES ('{table}', {old}); END IF;
    IF TG_OP <> 'DELETE' THEN INSERT INTO touched VALUES ('{table}', {new}); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION note_{table}();
"""


class Journal(Source):
    """As `Source`, for tables that are empty when it is made; not for TRUNCATE, which fires no
    row trigger."""

    def __init__(self, connection: Connection, tables: Iterable[str]) -> None:
        super().__init__(connection, tables)
        connection.execute(_JOURNAL)
        for schema in self.schemas:
            old, new = (_key(schema, row) for row in ("OLD", "NEW"))
            table = schema.table.removeprefix("public.")
            connection.execute(_TRIGGER.format(table=table, old=old, new=new))

    def batch(self) -> Batch:
        """What changed since the last call, as one transaction."""
        for schema in self.schemas:
            before, now = self._touched(schema)
            for key, row in now.items():
                self.feed.put(schema.table, fragments(row))
                before.pop(key, None)
            for row in before.values():
                self.feed.delete(schema.table, fragments(row))
        self.connection.execute("DELETE FROM touched")
        return self.feed.batch()

    def _touched(self, schema: TableSchema) -> tuple[dict[bytes, Row], dict[bytes, Row]]:
        """Rows of the touched keys alone, and the rows that are there now under them."""
        name = schema.table.removeprefix("public.")
        types = {c.name: c.type_name for c in schema.columns}
        keys = ", ".join(f"(key->>'{k}')::{types[k]} AS \"{k}\"" for k in schema.key)
        touched = f"(SELECT DISTINCT {keys} FROM touched WHERE relation = '{name}') k"
        on = " AND ".join(f'k."{k}" = {name}."{k}"' for k in schema.key)
        columns = [c for c in schema.columns if c.name in schema.key]
        before = self.rows_of(schema.key, columns, touched)
        now = self.rows_of(
            schema.key, schema.columns, f"{name} WHERE EXISTS (SELECT FROM {touched} WHERE {on})"
        )
        return before, now


def _key(schema: TableSchema, row: str) -> str:
    return "jsonb_build_object(" + ", ".join(f"'{k}', {row}.{k}" for k in schema.key) + ")"
