"""What a batch costs where there are many views or tables: DuckDB and the row engine in turn.

50 groupings of one table, of which 100 rows change; 200 tables with a grouping each, of which all
or one change. Medians of CPU milliseconds. Run: `python -m benchmarks.many_views`.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson

from benchmarks.machine import save
from cdc.contract.cut import Cut
from cdc.contract.schemas import Column, TableSchema
from cdc.position import Lsn
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.engine import Engine, OpenEngine
from materializers.engines.row_engine.engine import RowEngine
from materializers.intake.batch import Batch, Records
from materializers.view import ViewDefinition

ENGINES: Mapping[str, OpenEngine] = {"duckdb": DuckDBEngine.open, "rows": RowEngine.open}
ROUNDS = 7
GROUPINGS, ROWS, CHANGED = 50, 20_000, 100
TABLES, ROWS_EACH = 200, 200


class Source:
    """Tables whose rows are made up; `batch` takes what was written since the last one."""

    def __init__(self, columns: Iterable[str], tables: int) -> None:
        numbers = tuple(Column(name, "integer", 23) for name in columns)
        amount = Column("x", "numeric", 1700, (12 << 16 | 2) + 4)
        listed = (Column("id", "integer", 23, nullable=False), *numbers, amount)
        names = [f"public.t{number}" for number in range(tables)]
        self.schemas = {name: TableSchema(name, listed, ("id",), Lsn(1)) for name in names}
        self._columns, self._lsn = [column.name for column in numbers], 100
        self._records: dict[str, Records] = {}
        self._ends = dict.fromkeys(names, 0)
        self._changed = dict(self.schemas)

    def put(self, table: int, number: int) -> None:
        """One row, of random values."""
        name = f"public.t{table}"
        values = {column: random.randrange(1_000) for column in self._columns}
        after = {"id": number, **values, "x": f"{random.randrange(100)}.00"}
        records = self._records.setdefault(name, Records())
        records.keys.append(orjson.dumps({"id": number}))
        records.values.append(orjson.dumps({"before": None, "after": after, "op": "u"}))
        records.partitions.append(0)
        records.offsets.append(self._ends[name])
        self._ends[name] += 1

    def batch(self) -> Batch:
        """What was written, at the next cut."""
        self._lsn += 10
        offsets = {f"s.{name}": (end,) for name, end in self._ends.items()}
        cut = Cut("s", Lsn(self._lsn), 0, 0, offsets)
        made = Batch(cut, self._records, self._changed, offsets)
        self._records, self._changed = {}, {}
        return made


def cpu_ms(engine: Engine, batch: Batch) -> float:
    """A batch; what sinks have of it goes with the next."""
    start = time.process_time()
    failures = engine.apply(batch).failures
    taken = (time.process_time() - start) * 1_000
    assert not failures, failures
    for view in engine.views:
        engine.trim(view, batch.cut.version)
    return taken


def declare(engine: Engine, source: Source, views: Mapping[str, str]) -> None:
    for name, sql in views.items():
        definition = ViewDefinition(name, sql, Path("benchmark.sql"), 1)
        engine.declare(definition, source.schemas, key=None, generation=1)


def many_groupings(engine: Engine) -> dict[str, float]:
    """50 views of one table."""
    source = Source([f"g{number}" for number in range(GROUPINGS)], 1)
    select = "SELECT g{0} % 100 AS g, count(*) AS n, sum(x) AS s FROM t0 GROUP BY 1"
    declare(engine, source, {f"v{n}": select.format(n) for n in range(GROUPINGS)})
    for number in range(ROWS):
        source.put(0, number)
    engine.apply(source.batch())
    taken = []
    for _ in range(ROUNDS):
        for number in random.sample(range(ROWS), CHANGED):
            source.put(0, number)
        taken.append(cpu_ms(engine, source.batch()))
    return {"50 views, 100 changes": statistics.median(taken)}


def many_tables(engine: Engine) -> dict[str, float]:
    """200 tables with a view each."""
    source = Source(["g"], TABLES)
    select = "SELECT g, count(*) AS n, sum(x) AS s FROM t{0} GROUP BY g"
    declare(engine, source, {f"v{n}": select.format(n) for n in range(TABLES)})
    for table in range(TABLES):
        for number in range(ROWS_EACH):
            source.put(table, number)
    engine.apply(source.batch())
    found = {}
    for name, tables in (("all", range(TABLES)), ("one", range(7, 8))):
        taken = []
        for _ in range(ROUNDS):
            for table in tables:
                source.put(table, random.randrange(ROWS_EACH))
            taken.append(cpu_ms(engine, source.batch()))
        found[f"200 tables and views, {name} touched"] = statistics.median(taken)
    return found


def measured(open_engine: OpenEngine) -> dict[str, float]:
    found: dict[str, float] = {}
    for measure in (many_groupings, many_tables):
        with tempfile.TemporaryDirectory(prefix="rederive-") as folder:
            engine = open_engine(Path(folder) / "state")
            found |= measure(engine)
            engine.close()
    return found


def main() -> None:
    found = {name: measured(opened) for name, opened in ENGINES.items()}
    lines = {}
    for what in found["duckdb"]:
        both = {f"{name}_cpu_ms": round(each[what], 2) for name, each in found.items()}
        lines[what] = {**both, "ratio": round(both["duckdb_cpu_ms"] / both["rows_cpu_ms"], 1)}
        print(what, lines[what])
    print(save("many_views", lines).name, "written")


if __name__ == "__main__":
    main()
