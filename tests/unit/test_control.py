"""The control socket: who may ask, where it lies, and that an asker never waits for ever."""

import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cdc.control import Control, ControlServer, socket_path
from cdc.errors import RederiveError
from cdc.peer import may_ask, user_of
from cdc.scrubber import learn
from materializers.control.reception import Reception


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


def test_a_path_too_long_for_a_socket_is_reached_all_the_same(folder: Path) -> None:
    """Inside the folder like any other: elsewhere somebody might have made it first."""
    state = folder / ("long" * 30) / ("longer" * 20)
    with closing(ControlServer(state, "capture", answer)):
        assert stat.S_ISSOCK(os.stat(state / "capture.sock").st_mode)
        control = Control.connect(state, "capture")
        assert control is not None and control.request("hello") == {"told": "again"}
    assert not any(state.iterdir())
    assert Control.connect(state, "capture") is None


@pytest.mark.parametrize(("user", "may"), [(os.geteuid(), True), (0, True), (65534, False)])
def test_only_its_own_user_and_root_may_ask(user: int, may: bool) -> None:
    assert may_ask(user) is may


def test_the_kernel_says_who_asks() -> None:
    for one, other in [socket.socketpair()]:
        with one, other:
            assert user_of(one) == user_of(other) == os.geteuid()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_is_refused_even_where_the_files_let_it_in(folder: Path) -> None:
    state = folder / "state"
    with closing(ControlServer(state, "capture", answer)):
        for path, mode in [(folder, 0o755), (state, 0o755), (state / "capture.sock", 0o666)]:
            path.chmod(mode)
        asked = subprocess.run(
            [sys.executable, "-c", ASK, str(state / "capture.sock")],
            capture_output=True, text=True,
        )  # fmt: skip
    assert "takes no orders of user 65534" in asked.stdout, asked


ASK = """
import os, socket, sys
os.setuid(65534)  # here, for nobody else may start this interpreter
asker = socket.socket(socket.AF_UNIX)
asker.connect(sys.argv[1])
asker.sendall(b'{"command": "stop"}\\n')
sys.stdout.write(asker.makefile().readline())
"""


def test_processes_of_one_folder_answer_apart(folder: Path) -> None:
    with closing(ControlServer(folder, "capture", answer)):
        assert Control.connect(folder, "materialize") is None
        control = Control.connect(folder, "capture")
        assert control is not None
        assert [a["told"] for a in control.stream("one")] == ["one", "again"]
        with pytest.raises(RederiveError, match=r"No\. Fix: ask otherwise"):
            control.request("refuse")
    assert Control.connect(folder, "capture") is None


def test_no_answer_holds_a_secret(folder: Path) -> None:
    learn("contr0l/secret")

    def tell(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        if request["command"] == "refuse":
            raise ValueError("not contr0l%2Fsecret")
        return [{"errors": [{"message": "bad contr0l/secret"}]}]

    with closing(ControlServer(folder, "capture", tell)):
        control = Control.connect(folder, "capture")
        assert control is not None
        assert control.request("status")["errors"] == [{"message": "bad ***"}]
        with pytest.raises(RederiveError, match=r"not \*\*\*"):
            control.request("refuse")


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


def test_a_pipeline_that_is_not_open_yet_answers_status_at_once(folder: Path) -> None:
    with closing(Reception(folder)) as reception:
        reception.waits("waits for Kafka")
        control = Control.connect(folder, "materialize")
        assert control is not None
        assert control.request("status")["doing"] == "waits for Kafka"
        assert control.request("storage") == {}
