"""The rows of one input table, with the plan's names of the columns."""

from __future__ import annotations

from collections.abc import Sequence

from materializers.engines.duckdb.operators.operator import WEIGHT, Keys, Operator, Side
from materializers.engines.duckdb.operators.quoted import replace_names
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.stored_name import stored_column, stored_name
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import quote


def input_table(table: str) -> str:
    """The quoted name of the table that stores an input table's current rows."""
    return f"input.{quote(stored_name(table))}"


class Scan(Operator):
    """`listed`: each column with its name in the table; `key`: names in the table of the primary
    key's columns, all of them listed."""

    def __init__(
        self, table: str, listed: Sequence[tuple[str, Column]], key: tuple[str, ...]
    ) -> None:
        self.table = table
        self.source = {column.name: name for name, column in listed}
        self.columns = tuple(column for _, column in listed)
        self._casts = {
            name: f"CAST({stored_column(name)} AS {stored_type(column.type)})"
            for name, column in listed
            if (column.type.element or column.type).name == "numeric"
        }
        self.inputs: tuple[Operator, ...] = ()
        self.key = key

    def _select(self) -> str:
        return ", ".join(f"{self._value(n)} AS {quote(p)}" for p, n in self.source.items())

    def _value(self, name: str) -> str:
        """SQL of a column with the plan's type. After a NaN, numerics of declared precision are
        stored as wide ones: a plan with narrow ones fails at the NaN, and the view is planned
        again. A cast to a column's own type costs nothing."""
        return self._casts.get(name) or stored_column(name)

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        stored = f"SELECT {self._select()} FROM {input_table(self.table)}"
        delta = run.changed.get(self.table) if side is Side.OLD else None
        if delta is None:
            return self.restricted(stored, keys)
        on = " AND ".join(f"n.{stored_column(k)} = d.{stored_column(k)}" for k in self.key)
        unchanged = f"SELECT {self._select()} FROM {input_table(self.table)} n"
        left = f"SELECT {self._select()} FROM {delta} WHERE {WEIGHT} < 0"
        if keys is None:
            return f"{unchanged} ANTI JOIN {delta} d ON {on} UNION ALL {left}"
        # Restricted first, so that the anti join has few rows
        inner = self.restricted(f"SELECT * FROM {input_table(self.table)}", self._stored(keys))
        unchanged = f"SELECT {self._select()} FROM ({inner}) n ANTI JOIN {delta} d ON {on}"
        return f"{unchanged} UNION ALL {self.restricted(left, keys)}"

    def _stored(self, keys: Keys) -> Keys:
        """The same restriction over the names of the stored table."""
        expressions = [replace_names(e, self.source, self._value) for e in keys.expressions]
        return Keys(keys.relation, tuple(expressions), keys.columns, keys.is_null_safe)

    def delta(self, run: Run) -> str | None:
        delta = run.changed.get(self.table)
        if delta is None:
            return None
        select = f"SELECT {self._select()}"
        if len(self.source) == run.widths[self.table]:
            return f"({select}, {WEIGHT} FROM {delta})"
        # The table has more columns, for other views: changes of only those cancel out here
        names = ", ".join(stored_column(name) for name in self.source.values())
        total = f"sum({WEIGHT})::BIGINT"
        return (
            f"({select}, {total} AS {WEIGHT} FROM {delta}"
            f" GROUP BY {names} HAVING sum({WEIGHT}) <> 0)"
        )
