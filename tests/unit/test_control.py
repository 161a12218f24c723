"""The control socket: who may ask, where it lies, and that an asker never waits for ever."""

import os
import stat
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cdc.control import Control, ControlServer, socket_path
from cdc.errors import RederiveError


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, as a socket's path has to be."""
    with tempfile.TemporaryDirectory(prefix="rd") as made:
        yield Path(made)


def answer(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if request["command"] == "refuse":
        raise RederiveError("No.", fix="ask otherwise")
    return [{"told": request["command"]}, {"told": "again"}]


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_and_socket_are_the_owners_alone_whatever_the_umask(folder: Path) -> None:
    state = folder / "state"
    before = os.umask(0)
    try:
        server = ControlServer(state, "capture", answer)
    finally:
        os.umask(before)
    with closing(server):
        assert mode_of(state) == 0o700
        assert mode_of(socket_path(state, "capture")) == 0o600
    assert not socket_path(state, "capture").exists()


def test_a_path_too_long_goes_into_a_folder_of_the_users_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder))
    state = folder / ("long" * 30)
    with closing(ControlServer(state, "capture", answer)):
        path = socket_path(state, "capture")
        assert folder in path.parents and mode_of(path.parent) == 0o700
        control = Control.connect(state, "capture")
        assert control is not None and control.request("hello") == {"told": "again"}
    monkeypatch.setenv("HOME", str(state))
    with pytest.raises(RederiveError, match="too long for a socket"):
        socket_path(state, "capture")


def test_processes_of_one_folder_answer_apart(folder: Path) -> None:
    with closing(ControlServer(folder, "capture", answer)):
        assert Control.connect(folder, "materialize") is None
        control = Control.connect(folder, "capture")
        assert control is not None
        assert [a["told"] for a in control.stream("one")] == ["one", "again"]
        with pytest.raises(RederiveError, match=r"No\. Fix: ask otherwise"):
            control.request("refuse")
    assert Control.connect(folder, "capture") is None


def test_a_successor_keeps_its_socket_when_the_former_ends(folder: Path) -> None:
    former = ControlServer(folder, "capture", answer)
    with closing(ControlServer(folder, "capture", answer)):
        former.close()
        assert Control.connect(folder, "capture") is not None


def test_an_asker_does_not_wait_for_a_process_that_hangs(folder: Path) -> None:
    released = threading.Event()

    def hang(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        yield {"told": "begun"}
        released.wait(60)

    with closing(ControlServer(folder, "capture", hang)):
        control = Control.connect(folder, "capture")
        assert control is not None
        answers = control.stream("wait", silence_max_s=0.2)
        assert next(answers) == {"told": "begun"}
        with pytest.raises(RederiveError, match="capture process does not answer"):
            next(answers)
        released.set()
