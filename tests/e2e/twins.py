"""Two tables that every transaction sets to the same number, and a running pipeline over them.

At each cut all rows of both tables have one number. So a read of a sink shows at once whether it is
of one cut and one build of the view: all numbers equal, and never an earlier one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.crash.bank import Processes
from tests.status_of import status_of

ROWS = 40
BUILD = 1_000_000
"""A build of the view adds a multiple of this to each number."""
TIMEOUT_S = 60.0

PROJECT = """
[source.{prefix}]
type = "postgresql"
dsn = "{postgres}"
tables = ["public.one", "public.two"]

heartbeat_interval_s = 1.0

[kafka]
"bootstrap.servers" = "{kafka}"
[kafka.topics]
partitions = 2

[sink.search]
type = "elasticsearch"
hosts = ["{elasticsearch}"]
[sink.cache]
type = "redis"
url = "{redis}"
[sink.analytics]
type = "postgresql"
dsn = "{postgres}"
"""

PAIRS = """
CREATE MATERIALIZED VIEW pairs AS
SELECT one.id, one.n + {build} AS n, two.n + {build} AS m{more}
FROM one JOIN two ON two.id = one.id;

CREATE SINK pairs_table FROM pairs WITH (connection = 'analytics', table = 'pairs');
CREATE SINK pairs_index FROM pairs WITH (connection = 'search', index = '{prefix}pairs');
CREATE SINK pairs_cache FROM pairs WITH (connection = 'cache', key_pattern = 'pair:{{id}}');
"""

TOPS = """
CREATE MATERIALIZED VIEW tops AS
SELECT 'all' AS name, max(n) AS highest, min(m) AS lowest, count(*) AS rows FROM pairs;
CREATE SINK tops_table FROM tops WITH (connection = 'analytics', table = 'tops', key = 'name');
"""

SINGLES = """
CREATE MATERIALIZED VIEW singles AS SELECT id, n FROM two;
CREATE SINK singles_table FROM singles WITH (connection = 'analytics', table = 'singles');
"""


@dataclass
class Twins:
    """`folder`: the project's; `prefix`: of topics and indices."""

    folder: Path
    prefix: str
    dsn: str
    processes: Processes = field(init=False)
    tick: int = 0

    def __post_init__(self) -> None:
        self.processes = Processes(self.folder)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._tick_on, daemon=True)

    def begin(self, addresses: Mapping[str, str]) -> None:
        """Create the tables and the project, start both processes and the ticking."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for table in ("one", "two"):
                connection.execute(
                    f"create table {table} (id int primary key, n int not null, extra text)"
                )
                connection.execute(
                    f"insert into {table} select i, 0, 'x' from generate_series(1, {ROWS}) i"
                )
        (self.folder / "views").mkdir(parents=True)
        text = PROJECT.format(prefix=self.prefix, postgres=self.dsn, **addresses)
        (self.folder / "rederive.toml").write_text(text)
        self.write("pairs", self.pairs(0))
        self.write("tops", TOPS)
        self.write("singles", SINGLES)
        for command in ("capture", "materialize"):
            self.processes.start(command)
        self._thread.start()
        self.until(lambda: {v["sink"] for v in self.views("following")} == SINKS)

    def end(self) -> dict[str, int]:
        """Stop everything; the exit codes."""
        self.stop_ticking()
        return self.processes.stop()

    def stop_ticking(self) -> None:
        """Stop the periodic changes."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(TIMEOUT_S)

    def execute(self, *statements: str) -> None:
        """Execute statements in the source."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def _tick_on(self) -> None:
        with psycopg.connect(self.dsn) as connection:
            while not self._stopping.wait(0.01):
                with connection.transaction():
                    for table in ("one", "two"):
                        connection.execute(f"update {table} set n = %s", (self.tick + 1,))
                self.tick += 1

    # ------------------------------------------------------------------ files

    def pairs(self, build: int, more: str = "") -> str:
        """The file of the view `pairs` in one of its builds."""
        return PAIRS.format(build=build * BUILD, more=more, prefix=self.prefix)

    def write(self, name: str, text: str) -> None:
        (self.folder / "views" / f"{name}.sql").write_text(text)

    def remove(self, name: str) -> None:
        (self.folder / "views" / f"{name}.sql").unlink()

    # ------------------------------------------------------------------ reads

    def status(self) -> dict[str, Any]:
        """See `status_of`; it is not well while an edit is under way or a view has an error."""
        answer = status_of(self.folder)
        is_well = bool(answer) and answer["exit_status"] == 0
        assert not (is_well and (answer["edits"] or any(v["error"] for v in answer["views"])))
        return answer

    def views(self, phase: str = "") -> list[dict[str, Any]]:
        """The status's entries of views, only those in a given phase."""
        entries = self.status().get("views", [])
        return [entry for entry in entries if phase in ("", entry["phase"])]

    def generations(self) -> dict[str, int]:
        """Each sink's live generation."""
        return {entry["sink"]: entry["generation"] for entry in self.views()}

    def until(self, is_there: Callable[[], bool]) -> None:
        """Wait for it; raises where a process ends by itself."""
        deadline = time.monotonic() + TIMEOUT_S
        while not is_there():
            for command, process in self.processes.running.items():
                assert process.poll() is None, f"{command}:\n{self.processes.tail(command)}"
            assert time.monotonic() < deadline, self.processes.tail("materialize")
            time.sleep(0.1)

    def log(self) -> str:
        """materialize's log."""
        return (self.folder / "materialize.log").read_text()

    def answer(self, query: str) -> tuple[Any, ...] | None:
        """The first row of a query in the database of source and sink."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            try:
                return connection.execute(query.encode()).fetchone()
            except psycopg.errors.UndefinedTable:
                return None

    def is_at_build(self, build: int, table: str = "pairs", column: str = "n") -> bool:
        found = self.answer(f"select max({column}) from {table}")
        return found is not None and found[0] // BUILD == build

    def goes_on(self, table: str = "pairs", column: str = "n") -> bool:
        """Whether changes from now on reach a sink."""
        tick = self.tick + 1
        query = f"select max({column}) from {table}"
        self.until(lambda: (found := self.answer(query)) is not None and found[0] % BUILD >= tick)
        return True


SINKS = {"pairs_table", "pairs_index", "pairs_cache", "tops_table", "singles_table"}


def faults_of(seen: list[Any], rows: int = ROWS) -> list[str]:
    """The faults of reads (lowest, highest, rows), given in their order."""
    faults, before = [], -1
    for look in seen:
        lowest, highest, count = look
        if lowest != highest or count != rows:
            faults.append(f"not one cut: {look}")
        if lowest % BUILD < before:
            faults.append(f"an earlier cut after {before}: {look}")
        before = lowest % BUILD
    builds = [look[0] // BUILD for look in seen]
    return faults if builds == sorted(builds) else [*faults, f"builds came back: {builds}"]
