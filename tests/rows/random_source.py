"""A source whose tables change at random, their definitions too: what engines are fed with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from cdc.contract.schemas import Column, TableSchema
from cdc.position import Lsn
from materializers.intake.batch import Batch
from tests.views.feed import Feed

LABELS = ("low", "mid", "high")
MORE_LABELS = (("low", "odd", "mid", "high"), ("high", "low", "mid"), ("low", "mid", "high", "top"))


def _column(name: str, kind: str, *, nullable: bool = True) -> Column:
    oids = {"integer": 23, "text": 25, "numeric": 1700, "mood": 99_999}
    labels = LABELS if kind == "mood" else ()
    typmod = -1
    if kind == "numeric(6,2)":
        kind, typmod = "numeric", (6 << 16 | 2) + 4
    if kind == "numeric(38,0)":
        kind, typmod = "numeric", (38 << 16) + 4
    return Column(name, kind, oids[kind], typmod, nullable, labels)


def _schema(table: str, key: Sequence[str], *columns: Column) -> TableSchema:
    made = tuple(replace(c, nullable=False) if c.name in key else c for c in columns)
    return TableSchema(table, made, tuple(key), Lsn(1))


A = _schema(
    "public.a",
    ["id"],
    _column("id", "integer"),
    _column("g", "integer"),
    _column("x", "integer", nullable=False),
    _column("n", "numeric(6,2)"),
    _column("s", "text"),
    _column("m", "mood"),
)
B = _schema(
    "public.b",
    ["m", "id"],
    _column("id", "integer"),
    _column("m", "mood"),
    _column("a", "integer"),
    _column("v", "text"),
)
C = _schema(
    "public.c",
    ["id"],
    _column("id", "integer"),
    _column("a", "integer"),
    _column("w", "numeric"),
    _column("d", "numeric(38,0)"),
)
TABLES = {schema.table: schema for schema in (A, B, C)}
_IDS_MAX = 9
_NUMBERS = ("0", "1", "1.0", "2.50", "-3.25", "9999.99")
_WIDE = (*_NUMBERS, "NAN", "0.0000000000000000000000001", "1" * 45)


class RandomSource:
    """`feed`: collects what changes. `rows`: by table and key what is there."""

    def __init__(self, random: Random) -> None:
        self.random, self.feed = random, Feed(list(TABLES.values()))
        self.rows: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {t: {} for t in TABLES}
        self.gone: set[str] = set()
        self._leaving: set[str] = set()
        self._misfits: list[tuple[str, tuple[Any, ...]]] = []

    @property
    def tables(self) -> list[str]:
        """Those that are captured."""
        return [table for table in TABLES if table not in self.gone]

    def schema(self, table: str) -> TableSchema:
        return self.feed.schemas[table]

    def change(self, count: int) -> None:
        """That many rows come, change or go."""
        for _ in range(count):
            self._change_row(self.random.choice(self.tables))

    def _change_row(self, table: str) -> None:
        random, rows, schema = self.random, self.rows[table], self.schema(table)
        row = {c.name: self._value(c) for c in schema.columns}
        key = tuple(row[name] for name in schema.key)
        if random.random() < 0.3:
            key = random.choice(list(rows)) if rows else key
            if rows.pop(key, None) or random.random() < 0.2:
                self.feed.delete(table, dict(zip(schema.key, key, strict=True)))
            return
        before = rows.get(key)
        if before is not None and random.random() < 0.5:  # one column alone
            name = random.choice(schema.columns).name
            row = {**row, **before, name: row[name]}
        rows[key] = row
        self.feed.put(table, row)

    def _value(self, column: Column) -> Any:
        random = self.random
        if column.name in ("id", "a"):
            return random.randint(1, _IDS_MAX)
        if column.nullable and random.random() < 0.15:
            return None
        if column.type_name == "integer":
            return (
                random.choice((0, 1, 1, 2, 2, 3, -1))
                if column.name == "x"
                else random.randint(0, 3)
            )
        if column.type_name == "numeric":
            if column.typmod == (38 << 16) + 4:
                return random.choice(("1", "2", "3", "9" * 37 if random.random() < 0.2 else "7"))
            return random.choice(_WIDE if column.typmod < 0 else _NUMBERS)
        if column.labels:
            return random.choice(column.labels)
        return random.choice(("", "p", "q", "P", "ü"))

    # what else may happen to tables

    def truncate(self) -> None:
        self._emptied(self.random.choice(self.tables))

    def _emptied(self, table: str) -> None:
        self.rows[table] = {}
        self.feed.truncate(table)

    def refill(self, table: str) -> None:
        """As capture does where values do not follow from records: all rows are copied again."""
        rows = list(self.rows[table].values())
        self._emptied(table)
        schema = self.schema(table)
        for row in rows:
            now = {c.name: row.get(c.name) for c in schema.columns}
            self.rows[table][tuple(now[name] for name in schema.key)] = now
            self.feed.put(table, now, op="r")

    def alter(self) -> str:
        """Another definition of some table; says which."""
        table = self.random.choice(self.tables)
        schema = self.schema(table)
        name = self.random.choice([c.name for c in TABLES[table].columns if c.name != "id"])
        there = {c.name: c for c in schema.columns}
        if name not in there:
            original = TABLES[table].column(name)
            back = replace(original, nullable=True)
            self._define(table, (*schema.columns, back), schema.key)
            self.refill(table)
            return f"{table}.{name} is back"
        column, choice = there[name], self.random.random()
        if column.labels and choice < 0.6:
            return self._relabel(table, column)
        if name in schema.key:
            return "nothing"
        if choice < 0.25:
            self._define(table, tuple(c for c in schema.columns if c.name != name), schema.key)
            for row in self.rows[table].values():
                row.pop(name, None)
            return f"{table}.{name} dropped"
        if choice < 0.45 and not column.nullable:
            self._replace(table, replace(column, nullable=True))
            return f"{table}.{name} may be NULL"
        if choice < 0.6 and column.type_name == "text":
            self._replace(table, replace(column, collation="" if column.collation else "ci"))
            return f"{table}.{name} collated"
        if choice < 0.8:
            return self._retype(table, column)
        extra = Column(f"extra{self.feed.lsn}", "text", 25)
        self._define(table, (extra, *schema.columns), schema.key)
        return f"{table} has another column"

    def _relabel(self, table: str, column: Column) -> str:
        """Labels are added or stand elsewhere, never go: so rows stay as they are."""
        more = [each for each in (*MORE_LABELS, LABELS) if {*each} >= {*column.labels}]
        labels = self.random.choice(more)
        self._replace(table, replace(column, labels=labels))
        return f"{table}.{column.name} has labels {labels}"

    def _retype(self, table: str, column: Column) -> str:
        kinds = {"integer": "bigint", "bigint": "integer", "text": "character varying"}
        kinds["character varying"] = "text"
        if column.type_name == "numeric":
            now = replace(column, typmod=-1 if column.typmod >= 0 else (60 << 16 | 20) + 4)
        elif column.type_name in kinds:
            now = replace(column, type_name=kinds[column.type_name])
        else:
            return "nothing"
        self._replace(table, now)
        self.refill(table)
        return f"{table}.{column.name} is {now.type_name}({now.typmod})"

    def rekey(self) -> str:
        """The primary key of b is another one."""
        table = "public.b"
        if table in self.gone:
            return "nothing"
        schema = self.schema(table)
        key = ("m", "id") if len(schema.key) == 1 else ("id",)
        rows = {row["id"]: row for row in self.rows[table].values()}
        self.rows[table] = {(number,): row for number, row in rows.items()}
        columns = tuple(
            replace(c, nullable=c.nullable and c.name not in key) for c in schema.columns
        )
        for row in rows.values():
            row["m"] = row.get("m") or "low"
        self._define(table, columns, key)
        self.refill(table)
        return f"{table} has key {key}"

    def _replace(self, table: str, column: Column) -> None:
        schema = self.schema(table)
        columns = (column if c.name == column.name else c for c in schema.columns)
        self._define(table, tuple(columns), schema.key)

    def _define(self, table: str, columns: tuple[Column, ...], key: tuple[str, ...]) -> None:
        schema = replace(self.schema(table), columns=columns, key=key, lsn=Lsn(self.feed.lsn))
        self.feed.alter(schema)

    def early_null(self) -> str:
        """A NULL whose schema is still to come."""
        for table in self.tables:
            for column in self.schema(table).columns:
                if not column.nullable and column.name not in self.schema(table).key:
                    row = {c.name: self._value(c) for c in self.schema(table).columns}
                    row[column.name] = None
                    self.rows[table][tuple(row[n] for n in self.schema(table).key)] = row
                    self.feed.put(table, row)
                    known = self.feed.schemas[table].with_null(column.name)
                    self.feed.schemas[table] = known
                    return f"{table}.{column.name} is NULL before its schema says so"
        return "nothing"

    def misfit(self) -> str:
        """A value that its column cannot take; the row is put right in the batch after it."""
        table = self.random.choice(self.tables)
        numbers = [c for c in self.schema(table).columns if c.type_name in ("integer", "numeric")]
        column = self.random.choice(numbers)
        row = {c.name: self._value(c) for c in self.schema(table).columns}
        if column.name in self.schema(table).key:
            return "nothing"
        key = tuple(row[n] for n in self.schema(table).key)
        self.rows[table][key] = row
        self.feed.put(table, {**row, column.name: "many"})
        self._misfits.append((table, key))
        return f"{table}.{column.name} misfits"

    def mend(self) -> None:
        """Put right what did not fit."""
        for table, key in self._misfits:
            if table in self.tables and key in self.rows[table]:
                self.feed.put(table, self.rows[table][key])
        self._misfits = []

    def leave(self) -> str:
        """A table is captured no longer, from the next batch on."""
        if len(self.tables) < 2:
            return "nothing"
        table = self.random.choice(self.tables)
        self.gone.add(table)
        self._leaving.add(table)
        self.rows[table] = {}
        self.feed.held[table] = {}
        del self.feed.schemas[table]
        self.feed.changed.pop(table, None)
        return f"{table} is gone"

    def come_back(self) -> str:
        """It is captured again."""
        back = sorted(self.gone - self._leaving)
        if not back:
            return "nothing"
        self.gone.discard(back[0])
        self.feed.schemas[back[0]] = replace(TABLES[back[0]], lsn=Lsn(self.feed.lsn))
        self._emptied(back[0])
        return f"{back[0]} is back"

    # batches

    @property
    def is_waiting(self) -> bool:
        """Whether something changed since the last batch."""
        return bool(self._leaving) or self.feed.is_waiting

    def batch(self, *, is_exact: bool = True) -> Batch:
        """What changed since the last one."""
        batch = replace(self.feed.batch(is_exact=is_exact), gone=frozenset(self._leaving))
        records = {t: r for t, r in batch.records.items() if t not in self._leaving}
        self._leaving = set()
        return replace(batch, records=records)

    def whole(self, at: Batch) -> Batch:
        """All that the topics hold, in one batch to the same cut."""
        return self.feed.whole(at)
