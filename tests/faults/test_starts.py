"""`materialize` started while a server is down: it waits within bounds, reports it, and goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rederive.waiting import wait
from tests.e2e.small import Small, write_small
from tests.faults.faulty_line import FaultyLine
from tests.faults.rig import port_of, through

OUTBOX_ROWS_MAX = 100


@contextmanager
def line_to(address: str) -> Iterator[FaultyLine]:
    """A line that refuses until it is mended."""
    line = FaultyLine(port_of(address))
    line.break_("refusing")
    try:
        yield line
    finally:
        line.close()


def begin(small: Small) -> None:
    small.execute(
        "create table items (id int primary key, n int not null)",
        "insert into items select i, i from generate_series(1, 50) i",
    )


def test_a_sink_that_was_away_at_the_start_does_not_fill_the_outbox(
    tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str
) -> None:
    small = write_small(tmp_path / "small", topic_prefix, postgres_dsn, kafka_bootstrap)
    begin(small)
    with line_to(postgres_dsn) as line:
        file = small.folder / "rederive.toml"
        source, _, sink = file.read_text().partition("[sink.analytics]")
        sink = sink.replace(postgres_dsn, through(postgres_dsn, line))
        bound = f"[pipeline]\noutbox_rows_max = {OUTBOX_ROWS_MAX}\n"
        file.write_text(f"{source}[sink.analytics]{sink}{bound}")
        try:
            for command in ("capture", "materialize"):
                small.processes.start(command)
            small.until(lambda: "Connection refused" in str(small.problems("sink shown_table")))

            def is_bounded() -> bool:
                small.execute("update items set n = n + 1")
                return "it will be filled again" in small.processes.tail("materialize")

            small.until(is_bounded)
            small.execute("update items set n = -1 where id = 1")
            small.until(lambda: outbox_rows(small) <= OUTBOX_ROWS_MAX)
            line.mend()
            wait(small.folder, "shown", timeout_s=120)
            differing = "select * from items except select * from shown"
            assert small.execute(differing) == []
        finally:
            small.processes.stop()


def outbox_rows(small: Small) -> int:
    rows: int = small.status()["storage"]["views"]["shown"]["outbox"]["rows"]
    return rows


def test_kafka_is_waited_for_at_the_start(
    tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str
) -> None:
    with line_to(f"kafka://{kafka_bootstrap}") as line:
        address = through(f"kafka://{kafka_bootstrap}", line).removeprefix("kafka://")
        small = write_small(tmp_path / "small", topic_prefix, postgres_dsn, address)
        both_wait_until_mended(small, line, "kafka")


def test_the_source_is_waited_for_at_the_start(
    tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str
) -> None:
    with line_to(postgres_dsn) as line:
        small = write_small(tmp_path / "small", topic_prefix, postgres_dsn, kafka_bootstrap)
        file = small.folder / "rederive.toml"
        file.write_text(file.read_text().replace(postgres_dsn, through(postgres_dsn, line), 1))
        both_wait_until_mended(small, line, "source")


def both_wait_until_mended(small: Small, line: FaultyLine, part: str) -> None:
    """Start both while the line refuses; status names that part, and neither process ends."""
    begin(small)
    try:
        for command in ("capture", "materialize"):
            small.processes.start(command)
        small.until(lambda: "Materialize starts: " in str(small.problems("materialize")))
        small.until(lambda: "Capture waits: " in str(small.problems("capture")))
        assert small.problems(part) and small.status()["exit_status"] == 1
        line.mend()
        wait(small.folder, "shown", timeout_s=120)
        assert small.execute("select count(*) from shown") == [(50,)]
        assert "goes on after" in small.processes.tail("materialize")
    finally:
        small.processes.stop()
