"""A rebuild switches only where it is certainly right: topics that may have lost rows are not read,
a result that differs from the live view is refused, and changed rows of a sink are reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from cdc.control import Control
from tests.commands import rederive
from tests.e2e.small import Small, running, write_small
from tests.topic_admin import delete_records, set_topic

ROWS = "SELECT count(*)::int, sum(n)::int FROM shown"
WHOLE = (50, 1275)
OTHER_SINK = "CREATE SINK other FROM shown WITH (connection = 'analytics', table = 'other');\n"


@pytest.fixture
def small(tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str) -> Small:
    return write_small(tmp_path / "small", topic_prefix, postgres_dsn, kafka_bootstrap)


def rebuilt(small: Small, *options: str) -> dict[str, Any]:
    ended = rederive(small.folder, "rebuild", "shown", "--json", *options)
    assert ended.returncode == 0, ended.stderr
    return dict(orjson.loads(ended.stdout))


def refusal(small: Small, *options: str) -> str:
    ended = rederive(small.folder, "rebuild", "shown", *options)
    assert ended.returncode == 1, ended.stdout
    return ended.stderr


def progress_of_a_rebuild(small: Small) -> tuple[dict[str, Any], list[tuple[int, int]]]:
    """The last answer, and the load's progress in it: rows, of how many."""
    control = Control.connect(small.folder / ".rederive", "materialize")
    assert control is not None
    told = [*control.stream("rebuild", view="shown")]
    return told[-1], [(t["rows"], t["rows_total"]) for t in told if t["phase"] == "load"]


def tables(small: Small) -> list[str]:
    found = small.execute("SELECT relname FROM pg_class WHERE relname LIKE 'shown\\_g%' "
                          "AND relkind = 'r' ORDER BY 1")  # fmt: skip
    return [name for (name,) in found]


def forget_rows(small: Small) -> None:
    """Delete three rows from the state as if the engine had lost them; materialize does not run."""
    with duckdb.connect(str(small.folder / ".rederive" / "pipeline.duckdb")) as state:
        state.execute("DELETE FROM views.shown WHERE id <= 3")


@pytest.mark.timeout(180)
def test_what_differs_is_told_and_more_than_is_allowed_refused(small: Small) -> None:
    file = small.folder / "views" / "shown.sql"
    file.write_text(file.read_text() + OTHER_SINK)
    with running(small):
        small.execute(
            "DELETE FROM shown_g1 WHERE id = 1",
            "UPDATE shown_g1 SET n = 0 WHERE id IN (2, 3)",
            "INSERT INTO shown_g1 VALUES (77, 0)",
        )
        found = rebuilt(small)
        assert found["differences"] == 0
        assert found["sinks"]["shown_table"] == {
            "rows": 50, "missing": 1, "extra": 1, "unlike": 2, "dead_letters": 0,
            "keys": {"missing": ["id = 1"], "extra": ["id = 77"], "unlike": ["id = 2", "id = 3"]},
        }  # fmt: skip
        assert small.execute(ROWS) == [WHOLE]
        last, loads = progress_of_a_rebuild(small)
        assert last["sinks"]["shown_table"]["keys"] == {}
        assert max(loads) == (100, 100) and all(done <= total for done, total in loads)
        small.processes.running["materialize"].terminate()
        assert small.ended("materialize") == 0
        forget_rows(small)
        small.processes.start("materialize")
        small.until(small.is_following)
        live = tables(small)[-1]
        for options in ((), ("--allow-difference", "2"), ("--allow-difference", "5%")):
            told = refusal(small, *options)
            assert "of 47 rows 3 extra (id = 1; id = 2; id = 3). It was not switched to" in told
            assert "--allow-difference 3" in told and tables(small)[-1] == live
        assert "is no number of rows" in refusal(small, "--allow-difference", "few")
        small.execute("INSERT INTO items VALUES (51, 51)")
        small.until(lambda: small.execute(ROWS) == [(51, 1326)])
        said = rederive(small.folder, "rebuild", "shown", "--allow-difference", "3").stderr
        assert "against the live view's: of 48 rows 3 extra (id = 1; id = 2; id = 3)." in said
        assert "What sink shown_table held against the live view: of 48 rows 3 extra" in said
        assert small.execute(ROWS) == [(51, 1326)]


@pytest.mark.timeout(180)
def test_topics_that_lost_rows_are_not_read_anew(
    small: Small, kafka_bootstrap: str, topic_prefix: str
) -> None:
    topic, admin = (
        f"{topic_prefix}.public.items",
        AdminClient({"bootstrap.servers": kafka_bootstrap}),
    )
    with running(small):
        small.until(lambda: small.execute(ROWS) == [WHOLE])
        set_topic(admin, topic, {"cleanup.policy": "delete"})
        delete_records(admin, [TopicPartition(topic, 0, -1)])
        told = refusal(small)
        assert f"Topic {topic} is not fit to be read from its beginning: cleanup.policy" in told
        assert f"kafka-configs --alter --topic {topic} --add-config cleanup.policy=compact" in told
        set_topic(admin, topic, {"cleanup.policy": "compact"})
        told = refusal(small)
        assert "records before it that are needed are gone" in told
        assert "rederive capture refresh public.items" in told
        assert small.execute(ROWS) == [WHOLE] and tables(small) == ["shown_g1"]
        small.execute("INSERT INTO items VALUES (51, 51)")
        small.until(lambda: small.execute(ROWS) == [(51, 1326)])
        mended = rederive(small.folder, "capture", "refresh", "public.items")
        assert mended.returncode == 0, mended.stderr
        assert rebuilt(small)["differences"] == 0
        assert small.execute(ROWS) == [(51, 1326)]
