"""Each error reaches a user as one line with a fix, never as a traceback."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cdc.control import socket_path
from tests.commands import rederive
from tests.conftest import TRACE
from tests.e2e.small import Small, running, write_small


@pytest.fixture
def small(tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str) -> Small:
    """The project; nothing runs."""
    return write_small(tmp_path / "small", topic_prefix, postgres_dsn, kafka_bootstrap)


@pytest.mark.parametrize("command", ["check", "capture", "materialize", "status", "peek"])
def test_a_setting_that_kafka_does_not_know(small: Small, command: str) -> None:
    small.execute("create table items (id int primary key, n int not null)")
    file = small.folder / "rederive.toml"
    file.write_text(file.read_text().replace("[kafka]", '[kafka]\n"foo.bar" = 1'))
    arguments = [command, "public.items"] if command == "peek" else [command]
    ended = rederive(small.folder, *arguments)
    said = ended.stderr + ended.stdout
    # Status reports that nothing runs
    assert ended.returncode == (2 if command == "status" else 1)
    assert "No such configuration property" in said and "Fix:" in said


def test_a_plan_is_shown_before_anything_is_captured(small: Small) -> None:
    small.execute("create table items (id int primary key, n int not null)")
    ended = rederive(small.folder, "explain", "shown")
    assert ended.returncode == 0 and "scan items" in ended.stdout, ended.stderr


def open_to_others(state: Path) -> list[Path]:
    return [path for path in (state, *state.rglob("*")) if path.lstat().st_mode & 0o077]


def test_the_state_is_its_owners_alone_and_its_removal_is_noticed(small: Small) -> None:
    """Whatever the umask, and whoever created the folder."""
    state = small.folder / ".rederive"
    state.mkdir()
    state.chmod(0o755)
    os.umask(0o022)
    with running(small):
        assert (state / "pipeline.duckdb").exists() and not open_to_others(state)
        said = [small.processes.tail(command) for command in ("capture", "materialize")]
        assert sum(each.count("was open to other users") for each in said) == 1
        shutil.rmtree(state)
        assert small.ended("materialize") == 1
        last = small.processes.tail("materialize").strip().splitlines()[-1]
        assert re.search(r"The state file .* was removed while in use\. Fix: start again", last)
        small.processes.start("materialize", "--take-over")
        small.until(small.is_following)


@pytest.mark.parametrize("command", ["capture", "materialize"])
def test_a_terminal_that_is_closed_stops_cleanly(small: Small, command: str) -> None:
    with running(small):
        process = small.processes.running[command]
        for _ in range(3):
            process.send_signal(signal.SIGHUP)
        assert small.ended(command) == 0
        if command == "materialize":
            assert not socket_path(small.folder / ".rederive", "materialize").exists()


@pytest.fixture
def waiting(tmp_path: Path) -> Small:
    """A project whose servers are away, so that its processes wait for them."""
    return write_small(tmp_path / "away", "away", "postgresql://127.0.0.1:1/none", "127.0.0.1:1")


def begin(small: Small, command: str) -> subprocess.Popen[bytes]:
    small.processes.start(command)
    small.until(lambda: "It is tried again" in small.processes.tail(command))
    return small.processes.running[command]


@pytest.mark.parametrize("command", ["capture", "materialize"])
def test_a_second_signal_ends_it_at_once_with_a_line(waiting: Small, command: str) -> None:
    process = begin(waiting, command)
    process.send_signal(signal.SIGSTOP)  # both signals come before the first one ends it
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGCONT)
    assert waiting.ended(command) in (128 + signal.SIGTERM, 128 + signal.SIGINT)
    last = waiting.processes.tail(command).strip().splitlines()[-1]
    assert re.search(r"ends at once, by a second signal \(SIG(TERM|INT)\)", last), last


def test_the_crash_of_a_library_is_not_without_a_word(waiting: Small) -> None:
    begin(waiting, "capture").send_signal(signal.SIGSEGV)
    assert waiting.ended("capture") == -signal.SIGSEGV
    assert "Fatal Python error: Segmentation fault" in waiting.processes.tail("capture")


def piped(small: Small, arguments: str, reader: str) -> str:
    """The command's stderr where its output goes to `reader`."""
    script = f"{sys.executable} -m rederive --project {small.folder} {arguments} {reader}"
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True).stderr


@pytest.mark.parametrize("arguments", ["--help", "status", "status --json", "peek public.items"])
def test_readers_of_the_output_that_go_away_are_no_error(small: Small, arguments: str) -> None:
    with running(small):
        assert piped(small, arguments, "| true") == ""
        assert piped(small, arguments, "| head -c 1") == ""
        full = piped(small, arguments, "> /dev/full")
        assert TRACE not in full and "Exception ignored" not in full


@pytest.mark.parametrize("module", ["typer", "rich.console", "rederive.cli.main"])
def test_an_interrupt_while_it_is_being_imported(tmp_path: Path, module: str) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "rederive", "--help"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.split("|")[-1].strip() == module:
            process.send_signal(signal.SIGINT)
            break
    rest = process.stderr.read()
    process.stderr.close()
    process.wait()
    assert TRACE not in rest and "KeyboardInterrupt" not in rest


FAULTS = """
import threading
from rederive.cli.faults import show, tell_of_threads
tell_of_threads()
def work():
    {"a": 1}["b"]
thread = threading.Thread(target=work)
thread.start()
thread.join()
class Odd:
    def __del__(self):
        raise ValueError("odd")
Odd()
try:
    [][1]
except IndexError as error:
    show(error)
"""


def test_a_fault_of_ours_names_its_place_and_asks_for_a_report() -> None:
    ended = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True)
    lines = ended.stderr.splitlines()
    assert len(lines) == 2 and ended.returncode == 0
    for line, said in zip(lines, ("KeyError: 'b'", "IndexError: list index"), strict=True):
        assert said in line and re.search(r"at <?\w+>?:\d+: .* Fix: please report it", line)


@pytest.mark.shows_trace
def test_debug_shows_the_trace(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rederive", "status", "--debug", "--project", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert TRACE in ended.stderr and "Fix:" in ended.stderr and ended.returncode == 1


def test_peek_says_which_topic_was_meant(small: Small) -> None:
    asked = rederive(small.folder, "peek", "items")
    assert "start `rederive capture`" in asked.stderr
    with running(small):
        for name, meant in (("items", "public.items"), ("public.itms", "public.items")):
            ended = rederive(small.folder, "peek", name)
            assert ended.returncode == 1
            assert f".{name} does not exist. Fix: name one of {meant}" in ended.stderr
