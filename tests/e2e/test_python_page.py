"""The program of examples/embedded runs as its README says, and so do those of docs/python.md."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.conftest import TRACE
from tests.pages import fenced

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "embedded"
SINK = """
[sink.analytics]
type = "postgresql"
dsn = "${REDERIVE_POSTGRES_DSN}"
"""
TIMEOUT_S = 300.0


@pytest.fixture
def folder(tmp_path: Path, topic_prefix: str) -> Path:
    """The example's folder, with a source name of its own."""
    copy = tmp_path / "shop"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns(".rederive", "__pycache__"))
    toml = (copy / "rederive.toml").read_text()
    (copy / "rederive.toml").write_text(toml.replace("[source.shop]", f"[source.{topic_prefix}]"))
    return copy


@pytest.fixture
def environment(postgres_dsn: str, kafka_bootstrap: str) -> dict[str, str]:
    addresses = {"REDERIVE_POSTGRES_DSN": postgres_dsn, "REDERIVE_KAFKA": kafka_bootstrap}
    return {**os.environ, **addresses, "PYTHONPATH": os.pathsep.join([str(ROOT), str(EXAMPLE)])}


def run(script: Path, folder: Path, environment: dict[str, str]) -> str:
    """The output of a program run in a folder; it must end without errors."""
    ended = subprocess.run(
        [sys.executable, str(script)], cwd=folder, env=environment,
        capture_output=True, text=True, timeout=TIMEOUT_S,
    )  # fmt: skip
    assert ended.returncode == 0 and TRACE not in ended.stderr, ended.stderr
    return ended.stdout


def test_the_example_runs_twice(folder: Path, environment: dict[str, str]) -> None:
    for orders, amount in ((3, "119.75"), (6, "239.50")):
        said = run(folder / "shop.py", folder, environment)
        assert f": {orders} orders, {amount} in all\n" in said
        assert f"in the file: {orders} orders\n" in said


def test_what_the_page_shows_runs(
    tmp_path: Path, folder: Path, environment: dict[str, str], postgres_dsn: str
) -> None:
    toml = (folder / "rederive.toml").read_text().partition("[sink.file]")[0]
    (folder / "rederive.toml").write_text(toml + SINK)
    view = folder / "views" / "orders_by_day.sql"
    view.write_text(view.read_text().replace("'file'", "'analytics'"))
    with psycopg.connect(postgres_dsn, autocommit=True) as shop:
        shop.execute("CREATE TABLE orders (id int PRIMARY KEY, day date, amount numeric(10,2))")
        shop.execute("INSERT INTO orders VALUES (1, '2026-11-05', 7), (2, '2026-11-05', 8)")
    blocks = fenced("docs/python.md", "python")
    assert len(blocks) >= 6
    script = tmp_path / "page.py"
    script.write_text("\n".join([*blocks, 'print("rows:", table.num_rows, table.column_names)']))
    said = run(script, tmp_path, environment)
    assert "2026-11-05 2\n" in said and "rows: 1 ['day', 'orders', 'amount']" in said
    assert "not in ('orders_by_day_file',) because: View orders_by_day" in said
    assert "capture No `rederive capture` runs" in said
