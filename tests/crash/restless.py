"""Tables that change in every possible way, and the history of their views' results.

Each table has one writer, whose transactions change rows and definitions at random. Each
transaction also records the result of every view over the table, in a table that is not captured.
So a read of a sink is right if the history has it, after the read before.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.crash.bank import Look
from tests.leftovers import Stoppable

RowsStep = Callable[[random.Random], list[str]]
Step = Callable[[random.Random, str], list[str]]
"""Statements of one transaction; the text is the publication's name."""

CHANGE_RATES = (0.002, 0.01, 0.1)
"""The share of a writer's transactions that change more than rows. Where it is small, capture
reaches the end of the log, and reads show states between two refills."""
WAVE_RATE = 0.005
"""The share of a writer's transactions after which another of these rates begins."""

SETUP = """
CREATE TYPE mood AS ENUM ('bad', 'good');
CREATE TABLE items (id int PRIMARY KEY, v int NOT NULL, w int, m mood, step int);
INSERT INTO items SELECT i, i, i % 7, 'good', 0 FROM generate_series(0, 400) i;
CREATE TABLE sales (id int, part int, n int, step int, PRIMARY KEY (id, part))
    PARTITION BY LIST (part);
CREATE TABLE sales_0 PARTITION OF sales FOR VALUES IN (0);
CREATE TABLE sales_1 PARTITION OF sales FOR VALUES IN (1);
CREATE TABLE sales_2 PARTITION OF sales FOR VALUES IN (2);
INSERT INTO sales SELECT i, i % 3, i, 0 FROM generate_series(0, 600) i;
CREATE TABLE long (id int PRIMARY KEY, text text);
INSERT INTO long SELECT i, '' FROM generate_series(1, 20) i;
CREATE SCHEMA shown;
CREATE SCHEMA told;
CREATE TABLE told.history (id bigserial PRIMARY KEY, view text NOT NULL, digest text NOT NULL);
"""

VIEWS: Mapping[str, Mapping[str, str]] = {
    "items": {
        "every_item": "SELECT id, v, w, m, step FROM items",
        "moods": "SELECT m, count(*) AS rows, sum(v) AS total, count(w) AS filled"
        " FROM items GROUP BY m",
    },
    "sales": {
        "every_sale": "SELECT id, part, n, step FROM sales",
        "parts": "SELECT part, count(*) AS rows, sum(n) AS total FROM sales GROUP BY part",
    },
    "long": {"every_text": "SELECT id, text FROM long"},
}
"""By table, each view's name and query, first that of all rows; the sink's table has the view's
name, in another schema."""


def digest_of(query: str) -> str:
    """SQL that gives one text for all rows of the query."""
    return (
        "SELECT coalesce(md5(string_agg(shown::text, '|' ORDER BY shown::text)), 'empty')"
        f" FROM ({query}) AS shown"
    )


def columns_of(table: str, view: str) -> list[str]:
    """The names of a view's columns."""
    listed = VIEWS[table][view].partition(" FROM ")[0].removeprefix("SELECT ")
    return [part.split(" AS ")[-1] for part in listed.split(", ")]


def sinks_digest(table: str, view: str) -> str:
    """The same for a view's sink."""
    return digest_of(f"SELECT {', '.join(columns_of(table, view))} FROM shown.{view}")


@dataclass
class Restless:
    """One table's writer. `steps` counts its committed transactions."""

    dsn: str
    table: str
    publication: str
    changes: Sequence[Step]
    rng: random.Random
    pause_s: float = 0.02
    steps: int = 0
    done: list[str] = field(default_factory=list)
    _change_rate: float = CHANGE_RATES[0]

    def run(self, stop: threading.Event) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            while not stop.is_set():
                statements = self._next()
                if statements[0].startswith("VACUUM"):
                    connection.execute(statements[0].encode())
                else:
                    self._transaction(connection, statements)
                time.sleep(self.rng.uniform(0, 2 * self.pause_s))

    def _transaction(self, connection: psycopg.Connection[Any], statements: Sequence[str]) -> None:
        step = f"UPDATE {self.table} SET step = {self.steps} WHERE id = 0"
        is_stepped = self.table != "long" and self.rng.random() < 0.5
        try:
            with connection.transaction(force_rollback=self.rng.random() < 0.05) as transaction:
                for statement in [*statements, *[step] * is_stepped]:
                    connection.execute(statement.encode())
                self.note(connection)
                is_kept = not transaction.force_rollback
        except (psycopg.errors.DuplicateObject, psycopg.errors.UndefinedObject):
            return  # capture mended the publication first
        if is_kept:
            self.steps += 1
            self.done.append("; ".join(statements)[:200])

    def note(self, connection: psycopg.Connection[Any]) -> None:
        """Record the results of the views."""
        for view, query in VIEWS[self.table].items():
            connection.execute(
                f"INSERT INTO told.history (view, digest) VALUES ('{view}',"
                f" ({digest_of(query)}))".encode()
            )

    def _next(self) -> list[str]:
        if self.rng.random() < WAVE_RATE:
            self._change_rate = self.rng.choice(CHANGE_RATES)
        if self.rng.random() >= self._change_rate:
            return self.rng.choice(ROWS[self.table])(self.rng)
        return self.rng.choice(self.changes)(self.rng, self.publication)


ROWS: Mapping[str, Sequence[RowsStep]] = {
    "items": (
        lambda r: [f"UPDATE items SET v = v + 1 WHERE id % {r.randint(1, 40)} = 0"],
        lambda r: [f"UPDATE items SET w = {r.randint(0, 9)} WHERE id = {r.randint(1, 400)}"],
        lambda r: [f"DELETE FROM items WHERE id BETWEEN {(i := r.randint(1, 400))} AND {i + 5}"],
        lambda r: [f"INSERT INTO items (id, v) SELECT i, 0 FROM generate_series("
                   f"{(i := r.randint(1, 400))}, {i + 9}) i"
                   " ON CONFLICT (id) DO UPDATE SET w = NULL"],
        lambda r: [f"UPDATE items SET id = -id WHERE id = {r.randint(1, 400)}"
                   " AND NOT EXISTS (SELECT FROM items i WHERE i.id = -items.id)"],
        lambda r: [f"UPDATE items SET m = enum_first(NULL::mood) WHERE id % 9 = {r.randint(0, 8)}"],
    ),
    "sales": (
        lambda r: [f"UPDATE sales SET n = n + 1 WHERE id % {r.randint(1, 40)} = 0"],
        lambda r: [f"DELETE FROM sales WHERE id BETWEEN {(i := r.randint(1, 600))} AND {i + 5}"],
        lambda r: [f"INSERT INTO sales (id, part, n) SELECT i, part, 1 FROM generate_series("
                   f"{(i := r.randint(1, 600))}, {i + 9}) i,"
                   " (SELECT part FROM sales LIMIT 1) one ON CONFLICT DO NOTHING"],
    ),
    "long": (
        lambda r: [f"UPDATE long SET text = repeat(md5('{r.random()}'), {r.randint(1, 2000)})"
                   f" WHERE id = {r.randint(1, 20)}"],
        lambda r: [f"UPDATE long SET id = -id WHERE id = {r.randint(1, 20)}"],
        lambda r: [f"UPDATE long SET id = -id WHERE id = -{r.randint(1, 20)}"],
    ),
}  # fmt: skip


def _retype(kind: str) -> Step:
    return lambda r, p: [f"ALTER TABLE items ALTER v TYPE {kind} USING (v % 1000) * 2 + 1"]


def _relabel(rng: random.Random, publication: str) -> list[str]:
    label = f"label {rng.randint(0, 10**6)}"
    return [
        "DO $$ BEGIN EXECUTE format('ALTER TYPE mood RENAME VALUE %L TO "
        f"%L', enum_first(NULL::mood), '{label}'); END $$"
    ]


def _swap(rng: random.Random, publication: str) -> list[str]:
    """Swap only the names; v is never NULL, so w's values may get its name."""
    return [
        "UPDATE items SET w = 0 WHERE w IS NULL",
        "ALTER TABLE items RENAME v TO x", "ALTER TABLE items RENAME w TO v",
        "ALTER TABLE items RENAME x TO w",
        "ALTER TABLE items ALTER v SET NOT NULL, ALTER w DROP NOT NULL",
    ]  # fmt: skip


def _leave_and_join(table: str) -> Sequence[Step]:
    return (
        lambda r, p: [f"ALTER PUBLICATION {p} DROP TABLE {table}"],
        lambda r, p: [f"ALTER PUBLICATION {p} ADD TABLE {table}"],
        lambda r, p: [f"ALTER PUBLICATION {p} DROP TABLE {table}",
                      f"ALTER PUBLICATION {p} ADD TABLE {table}"],
    )  # fmt: skip


_LEAF = """
DO $$ DECLARE leaf text; BEGIN
    SELECT inhrelid::regclass INTO leaf FROM pg_inherits
    WHERE inhparent = 'sales'::regclass ORDER BY random() LIMIT 1;
    IF leaf IS NOT NULL AND (SELECT count(*) FROM pg_inherits
                             WHERE inhparent = 'sales'::regclass) > 1 THEN
        {}
    END IF;
END $$"""


def _leaf(*commands: str) -> list[str]:
    """Change one partition, whose name and part are given."""
    executed = " ".join(f"EXECUTE format('{c}', leaf);" for c in commands)
    return [_LEAF.format(executed)]


def _detached_and_changed(rng: random.Random, publication: str) -> list[str]:
    part = rng.randint(0, 2)
    return [
        f"DO $$ BEGIN IF to_regclass('sales_{part}') IS NOT NULL AND (SELECT relispartition"
        f" FROM pg_class WHERE oid = to_regclass('sales_{part}')) THEN"
        f" ALTER TABLE sales DETACH PARTITION sales_{part};"
        f" DELETE FROM sales_{part} WHERE id % 3 = 0; UPDATE sales_{part} SET n = n + 5;"
        f" ALTER TABLE sales ATTACH PARTITION sales_{part} FOR VALUES IN ({part}); END IF; END $$"
    ]


def _attach(rng: random.Random, publication: str) -> list[str]:
    part = rng.randint(0, 5)
    return [
        f"DO $$ BEGIN IF to_regclass('sales_{part}') IS NULL THEN"
        f" CREATE TABLE sales_{part} (LIKE sales INCLUDING ALL);"
        f" INSERT INTO sales_{part} SELECT i, {part}, i FROM generate_series(1, 60) i;"
        f" END IF; IF NOT (SELECT relispartition FROM pg_class"
        f" WHERE oid = 'sales_{part}'::regclass)"
        f" THEN ALTER TABLE sales ATTACH PARTITION sales_{part} FOR VALUES IN ({part});"
        " END IF; END $$"
    ]


def _came_and_went(rng: random.Random, publication: str) -> list[str]:
    """It is written to as a partition, changed by itself, and maybe attached again."""
    part = rng.randint(6, 8)
    in_the_end = rng.choice(
        (f"DROP TABLE sales_{part}",
         f"ALTER TABLE sales ATTACH PARTITION sales_{part} FOR VALUES IN ({part})")
    )  # fmt: skip
    return [
        f"DO $$ BEGIN IF to_regclass('sales_{part}') IS NULL THEN"
        f" CREATE TABLE sales_{part} PARTITION OF sales FOR VALUES IN ({part});"
        f" INSERT INTO sales SELECT i, {part}, i FROM generate_series(1, 60) i;"
        f" ALTER TABLE sales DETACH PARTITION sales_{part};"
        f" DELETE FROM sales_{part} WHERE id % 2 = 0; {in_the_end}; END IF; END $$"
    ]


CHANGES: Mapping[str, Sequence[Step]] = {
    "items": (
        lambda r, p: [f"ALTER TABLE items ADD extra_{r.randint(0, 9**9)} int DEFAULT 5"],
        lambda r, p: ["DO $$ DECLARE name text; BEGIN SELECT attname INTO name FROM pg_attribute"
                      " WHERE attrelid = 'items'::regclass AND attname LIKE 'extra%'"
                      " AND NOT attisdropped LIMIT 1; IF name IS NOT NULL THEN"
                      " EXECUTE format('ALTER TABLE items DROP %I', name); END IF; END $$"],
        lambda r, p: ["ALTER TABLE items DROP w, ADD w int DEFAULT 3",
                      "ALTER TABLE items ALTER w DROP DEFAULT"],
        lambda r, p: ["ALTER TABLE items DROP w, ADD w int"],
        _retype("int"), _retype("bigint"), _relabel, _relabel, _swap,
        lambda r, p: ["TRUNCATE items", "INSERT INTO items (id, v) SELECT i, i"
                      " FROM generate_series(0, 300) i"],
        lambda r, p: ["TRUNCATE items"],
        lambda r, p: ["ALTER TABLE items ADD extra int", "UPDATE items SET extra = v, v = v + 7",
                      "ALTER TABLE items DROP extra"],
        lambda r, p: ["VACUUM FULL items"],
        lambda r, p: ["ALTER TABLE items RENAME TO items_old",
                      "CREATE TABLE items (LIKE items_old INCLUDING ALL)",
                      "INSERT INTO items SELECT * FROM items_old WHERE id % 2 = 0",
                      "DROP TABLE items_old"],
        *_leave_and_join("items"),
    ),
    "sales": (
        lambda r, p: _leaf("ALTER TABLE sales DETACH PARTITION %s"),
        lambda r, p: _leaf("DROP TABLE %s"),
        _attach, _attach, _detached_and_changed, _came_and_went,
        lambda r, p: ["ALTER TABLE sales ALTER n TYPE int USING (n % 1000) * 2"],
        lambda r, p: ["TRUNCATE sales"],
        *_leave_and_join("sales"),
    ),
    "long": (
        lambda r, p: ["ALTER TABLE long ALTER text SET STORAGE EXTERNAL"],
        lambda r, p: ["ALTER TABLE long ALTER text TYPE text USING text || '.'"],
        *_leave_and_join("long"),
    ),
}  # fmt: skip


UNSEEN: Mapping[str, Sequence[Step]] = {
    "sales": (lambda r, p: _leaf("TRUNCATE %s"),),
}
"""Changes that fire no event trigger."""


@dataclass(eq=False)
class Looks(Stoppable):
    """Reads a sink without pause until stopped; records each read that differs from the one
    before."""

    open_look: Callable[[], AbstractContextManager[Look]]
    seen: list[str] = field(default_factory=list)
    error: BaseException | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def run(self) -> None:
        try:
            with self.open_look() as look:
                while not self.stopping.is_set():
                    row: Any = look()
                    if row is not None and self.seen[-1:] != [row[0]]:
                        self.seen.append(row[0])
                    time.sleep(0.01)
        except BaseException as error:
            self.error = error

    def finish(self) -> list[str]:
        self.end()
        if self.error is not None:
            raise self.error
        return self.seen


def faults_of(seen: Sequence[str], history: Sequence[str]) -> list[str]:
    """The reads that the history does not have after the read before."""
    faults, at = [], 0
    for number, look in enumerate(seen):
        try:
            at = history.index(look, at)
        except ValueError:
            known = "went back" if look in history else "never was"
            faults.append(f"look {number} of {len(seen)}, behind {at} of {len(history)}: {known}")
    return faults
