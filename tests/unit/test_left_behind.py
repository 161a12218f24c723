"""A process ends with its own exit code though a thread of it sits in a C library."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import threading, duckdb
from rederive.cli.faults import end_at_once, is_left_behind

assert not is_left_behind()
connection = duckdb.connect()
begun = threading.Event()

def work():
    begun.set()
    connection.execute("SELECT count(*) FROM range(1000000) a, range(1000000) b").fetchall()

threading.Thread(target=work, name="rebuild", daemon=True).start()
begun.wait()
if not is_left_behind():
    raise SystemExit("it is taken for one that the interpreter can end")
end_at_once(SystemExit(1))
"""


def test_a_thread_in_duckdb_does_not_take_the_process_down() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (1, "")
