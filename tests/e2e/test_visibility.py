"""Reads that a still invisible commit requires, as readers of a sink see them."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.e2e.small import VIEW, Small, running, write_small
from tests.held_commit import absent_standby, held_commit

LONG = "(SELECT string_agg(md5((i + {})::text), '') FROM generate_series(1, 4000) AS i)"
BEFORE = {
    "big": ("ALTER TABLE items ADD big text", f"UPDATE items SET big = {LONG.format(1)}"),
    "b": (),
}
HELD = {
    "big": (f"UPDATE items SET big = {LONG.format(7)}", "UPDATE items SET n = n + 1"),
    "b": ("ALTER TABLE items ADD b int DEFAULT 7", "UPDATE items SET n = n + 1 WHERE id < 9"),
}


@pytest.mark.parametrize("column", HELD)
def test_a_view_shows_what_the_commit_made(
    tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str, column: str
) -> None:
    """A long value that another change of its row leaves out; a column with a default, which the
    view has from the commit on."""
    small = write_small(tmp_path / "project", topic_prefix, postgres_dsn, kafka_bootstrap)
    with absent_standby(postgres_dsn), running(small):
        if BEFORE[column]:
            small.execute(*BEFORE[column])
            show(small, column)
            small.until(lambda: is_right(small, column))
        before = small.execute("SELECT id, n FROM items ORDER BY id")
        with held_commit(postgres_dsn, f"rederive_{topic_prefix}", HELD[column]):
            assert small.execute("SELECT id, n FROM public.shown ORDER BY id") == before
        show(small, column)
        small.until(lambda: is_right(small, column))


def show(small: Small, column: str) -> None:
    """Edit the view to select the column."""
    text = VIEW.replace("SELECT id, n FROM", f"SELECT id, n, {column} FROM")
    (small.folder / "views" / "shown.sql").write_text(text)


def is_right(small: Small, column: str) -> bool:
    """Whether the sink has the column, and the source's rows."""
    query = f"SELECT id, n, {column} FROM {{}} ORDER BY id"
    try:
        shown = small.execute(query.format("public.shown"))
    except psycopg.errors.UndefinedColumn:
        return False
    return shown == small.execute(query.format("items"))
