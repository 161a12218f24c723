"""What a translated expression is: DuckDB SQL, its type, and whether it can be NULL."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.plan.types.sql_type import UNKNOWN, SqlType
from materializers.plan.types.typed_literal import quoted, typed_literal


@dataclass(frozen=True, slots=True)
class Expression:
    """`sql` stands in parentheses where it needs them. `literal`: the text of a bare string
    literal (type `unknown`), which takes the type of what it meets."""

    sql: str
    type: SqlType
    nullable: bool = True
    literal: str | None = None

    def cast(self, kind: SqlType) -> Expression:
        """The same value in another type's storage; nothing changes where it is already that."""
        if self.type == kind:
            return self
        if self.literal is not None:
            return Expression(typed_literal(self.literal, kind), kind, self.nullable)
        if self.type.name == "interval" and kind.name == "interval":
            name = "pg_interval_iso" if kind.is_kept_as_text else "pg_interval"
            return Expression(f"{name}({self.sql})", kind, self.nullable)
        if self.type.name == "character" and kind.is_text and kind.name != "character":
            # The blanks that fill a char(n) do not count (manual, "Character Types")
            return Expression(f"rtrim({self.sql}, ' ')", kind, self.nullable)
        if self.type.duckdb == kind.duckdb and self.type != UNKNOWN:
            return Expression(self.sql, kind, self.nullable)
        return Expression(f"CAST({self.sql} AS {kind.duckdb})", kind, self.nullable)


def stored(value: Expression) -> Expression:
    """A value as a row keeps it: an interval as the text of the envelope, since DuckDB takes
    30 days and a month for one value and would drop a change from one to the other."""
    is_interval = value.type.name == "interval" and not value.type.is_kept_as_text
    return value.cast(SqlType("interval", is_kept_as_text=True)) if is_interval else value


def quote(name: str) -> str:
    """A name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text as a string literal."""
    return quoted(text)
