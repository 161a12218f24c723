"""Random schemas of the tables r, s and t: column types, order, nullability and keys vary.

The columns' names and kinds are fixed, so that a view can be written without knowing the schema.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from tests.oracle.odd_columns import ODD_COLUMNS, odd_names

_PLAIN = {"k": "int", "j": "int", "n": "numeric", "w": "text", "f": "float", "at": "time",
         "b": "bool", "id": "int"}  # fmt: skip
KINDS = {**_PLAIN, **{name: column.kind for name, column in ODD_COLUMNS.items()}}
"""Every column that a table may have, by name."""
_TYPES = {
    "int": ("integer", "integer", "bigint", "smallint"),
    "numeric": ("numeric(8,2)", "numeric(8,2)", "numeric(14,4)", "numeric"),
    "text": ("text", "text", "varchar(12)"),
    "float": ("float8",),
    "time": ("timestamptz", "timestamptz", "timestamp"),
    "bool": ("boolean",),
}
_VALUES = {
    "numeric": ("-75.00", "-20.25", "-0.50", "0.00", "0.25", "7.75", "10.00", "33.25", "74.50"),
    "text": ("'a'", "'B'", "'é'", "''", "'it''s'", "'\"q\"\\n'"),
    "float": ("0.5", "-1.25", "3", "1e10", "2.75"),
    "bool": ("true", "false"),
}


@dataclass(frozen=True, slots=True)
class Table:
    """`name`: as SQL; `columns`: name -> PostgreSQL's type, in order; `key`: the primary key."""

    name: str
    columns: dict[str, str]
    key: tuple[str, ...]
    required: frozenset[str]

    def create(self) -> str:
        listed = [
            f"{name} {kind}{' NOT NULL' if name in self.required else ''}"
            for name, kind in self.columns.items()
        ]
        return (
            f"CREATE TABLE {self.name} ({', '.join(listed)}, PRIMARY KEY ({', '.join(self.key)}))"
        )

    def value(self, column: str, random: Random) -> str:
        """A literal for a column; NULL often, few distinct values."""
        if column not in self.key and column not in self.required and random.random() < 0.2:
            return "NULL"
        if column in ODD_COLUMNS:
            return random.choice(ODD_COLUMNS[column].values)
        kind = KINDS[column]
        if kind == "int":
            return str(random.randrange(14 if column == "id" else 5))
        if kind == "time":
            day, hour = random.randrange(3), random.randrange(3)
            return f"'2024-0{random.randrange(1, 4)}-1{day} 0{hour}:00+00'"
        return random.choice(_VALUES[kind])

    def change(self, random: Random) -> str:
        """One statement: insert, update, delete, a changed key, or everything at once. One that
        would break the key is taken back by the caller."""
        pick = random.random()
        if pick < 0.45:
            return self._insert(random)
        if pick < 0.75:
            column = random.choice([name for name in self.columns if name not in self.key])
            value = self.value(column, random)
            return f"UPDATE {self.name} SET {column} = {value} WHERE {self._some(random)}"
        if pick < 0.91:
            return f"DELETE FROM {self.name} WHERE {self._some(random)}"
        if pick < 0.98:
            column = random.choice(self.key)
            value = self.value(column, random)
            return f"UPDATE {self.name} SET {column} = {value} WHERE {self._some(random)}"
        return random.choice([f"TRUNCATE {self.name}", f"DELETE FROM {self.name}"])

    def without_constraint(self, random: Random) -> tuple[str, Table]:
        """The statement that lets a column be NULL from now on, and the table then."""
        column = random.choice(sorted(self.required))
        statement = f"ALTER TABLE {self.name} ALTER COLUMN {column} DROP NOT NULL"
        return statement, replace(self, required=self.required - {column})

    def with_constraint(self, random: Random) -> tuple[str, str, Table]:
        """The statements after which a column is never NULL, and the table then."""
        free = [n for n in self.columns if n not in self.key and n not in self.required]
        column = random.choice(free)
        then = replace(self, required=self.required | {column})
        filled = f"UPDATE {self.name} SET {column} = {then.value(column, random)}"
        statement = f"ALTER TABLE {self.name} ALTER COLUMN {column} SET NOT NULL"
        return f"{filled} WHERE {column} IS NULL", statement, then

    def _insert(self, random: Random) -> str:
        values = ", ".join(self.value(name, random) for name in self.columns)
        taken = ", ".join(f"{c} = excluded.{c}" for c in ("k", "n", "w") if c not in self.key)
        return (
            f"INSERT INTO {self.name} ({', '.join(self.columns)}) VALUES ({values})"
            f" ON CONFLICT ({', '.join(self.key)}) DO UPDATE SET {taken}"
        )

    def _some(self, random: Random) -> str:
        return random.choice(
            [f"id = {random.randrange(14)}", f"id < {random.randrange(8)}", "k = 1", "w IS NULL"]
        )


def random_tables(random: Random) -> dict[str, Table]:
    """The tables of one seed by their names, which now and then differ by case alone."""
    tables = {name: _table(name, random) for name in ("r", "s", "t")}
    if random.random() < 0.2:
        tables["R"] = _table('"R"', random)
    return tables


def _table(name: str, random: Random) -> Table:
    names = [*_PLAIN, *odd_names(random)]
    if random.random() < 0.5:
        random.shuffle(names)
    key = random.choice([("id",), ("id",), ("id",), ("id", "j"), ("k", "id")])
    required = frozenset(n for n in names if n not in key and random.random() < 0.12)
    columns = {name: _type(name, random) for name in names}
    return Table(name, columns, key, required)


def _type(name: str, random: Random) -> str:
    if name in ODD_COLUMNS:
        return ODD_COLUMNS[name].type
    return random.choice(_TYPES[KINDS[name]])
