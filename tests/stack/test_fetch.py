"""Jars come whole and as locked, by mvn or without it, or nothing is kept."""

import hashlib
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rederive.stack.errors import StackError
from rederive.stack.maven.fetch import fetch_jars
from rederive.stack.maven.lock import Jar, Lock, read_lock
from rederive.stack.report import Report

ELASTICSEARCH = Path(__file__).parents[2] / "rederive" / "stack" / "elasticsearch"
COUNT = 12


class Repository:
    """A Maven repository of small jars on the loopback address; `asked` counts its requests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "repository"
        self.asked: Counter[str] = Counter()
        self.lock_file = folder / "jars.lock"
        lines = [self._add(f"part{number}") for number in range(COUNT)]
        self.lock_file.write_text("".join(f"{line}\n" for line in lines))
        asked = self.asked

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, format: str, *arguments: object) -> None:
                asked[self.path] += 1

        handler = partial(Handler, directory=str(self.folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def lock(self) -> Lock:
        return read_lock(self.lock_file)

    def path(self, jar: Jar) -> Path:
        return self.folder / jar.url_path

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _add(self, artifact: str) -> str:
        content = artifact.encode() * 1000
        digest = hashlib.sha256(content).hexdigest()
        jar = Jar("org.example.parts", artifact, "1.0", digest)
        self.path(jar).parent.mkdir(parents=True)
        self.path(jar).write_bytes(content)
        return f"{jar.coordinates} sha256:{digest}"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """A repository that plain downloads ask; no mvn is on PATH."""
    repository = Repository(tmp_path)
    monkeypatch.setenv("REDERIVE_MAVEN_URL", repository.url)
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    yield repository
    repository.close()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("REDERIVE_CACHE", str(folder))
    return folder


def kept(cache: Path) -> list[str]:
    return [path.name for path in cache.iterdir() if path.is_dir()]


def install_mvn(tmp_path: Path, script: str) -> None:
    program = tmp_path / "programs" / "mvn"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_jars_are_fetched_once(repository: Repository, cache: Path) -> None:
    phases: list[tuple[str, float | None]] = []
    report = Report("kafka", lambda _, phase, fraction: phases.append((phase, fraction)))
    folder = fetch_jars(repository.lock, cache, report)
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        jar.file_name for jar in repository.lock.jars
    )
    assert phases[-1] == ("download the jars", 1.0)
    assert fetch_jars(repository.lock, cache, report) == folder
    assert len(repository.asked) == COUNT and set(repository.asked.values()) == {1}


def test_a_damaged_cache_is_mended(repository: Repository, cache: Path) -> None:
    folder = fetch_jars(repository.lock, cache, Report("kafka"))
    (folder / "part3-1.0.jar").write_text("damaged")
    (folder / "part4-1.0.jar").unlink()
    fetch_jars(repository.lock, cache, Report("kafka"))
    assert all(jar.is_whole(folder) for jar in repository.lock.jars)


def test_a_wrong_sha256_is_refused_and_nothing_is_kept(repository: Repository, cache: Path) -> None:
    repository.path(repository.lock.jars[5]).write_text("something else")
    with pytest.raises(StackError, match=r"org\.example\.parts:part5:1\.0 .* sha256"):
        fetch_jars(repository.lock, cache, Report("kafka"))
    assert kept(cache) == []


def test_a_missing_jar_is_named_and_nothing_is_kept(repository: Repository, cache: Path) -> None:
    repository.path(repository.lock.jars[5]).unlink()
    with pytest.raises(StackError, match=r"part5-1\.0\.jar cannot be fetched: .*404"):
        fetch_jars(repository.lock, cache, Report("kafka"))
    assert kept(cache) == []


def test_a_wrong_jar_from_mvn_is_refused(
    repository: Repository, cache: Path, tmp_path: Path
) -> None:
    """By both ways: what mvn brought is thrown away, and so is what the repository gives."""
    for jar in repository.lock.jars:
        repository.path(jar).write_text("something else")
    copy = f"/bin/cp $(/usr/bin/find {repository.folder} -name '*.jar') "
    target = "$(echo \"$*\" | /bin/sed 's/.*-DoutputDirectory=\\([^ ]*\\).*/\\1/')"
    install_mvn(tmp_path, copy + target)
    with pytest.raises(StackError, match=r"sha256 is not the locked one"):
        fetch_jars(repository.lock, cache, Report("kafka"))
    assert kept(cache) == []


def test_a_failing_mvn_gives_way_to_plain_download(
    repository: Repository, cache: Path, tmp_path: Path
) -> None:
    install_mvn(tmp_path, "echo '[ERROR] no route to the mirror'; exit 1")
    phases: list[str] = []
    report = Report("kafka", lambda _, phase, fraction: phases.append(phase))
    folder = fetch_jars(repository.lock, cache, report)
    assert all(jar.is_whole(folder) for jar in repository.lock.jars)
    assert any("no route to the mirror" in phase for phase in phases)


def test_two_processes_fetch_once(repository: Repository, cache: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from rederive.stack.maven.fetch import fetch_jars\n"
        "from rederive.stack.maven.lock import read_lock\n"
        "from rederive.stack.report import Report\n"
        "fetch_jars(read_lock(Path(sys.argv[1])), Path(sys.argv[2]), Report('kafka'))"
    )
    command = [sys.executable, "-c", script, str(repository.lock_file), str(cache)]
    fetchers = [subprocess.Popen(command) for _ in range(3)]
    assert [fetcher.wait(60) for fetcher in fetchers] == [0, 0, 0]
    assert len(repository.asked) == COUNT and set(repository.asked.values()) == {1}


def test_a_start_given_up_keeps_nothing(repository: Repository, cache: Path) -> None:
    def give_up(server: str, phase: str, fraction: float | None) -> None:
        if fraction:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_jars(repository.lock, cache, Report("kafka", give_up))
    assert kept(cache) == []


def test_maven_central_itself_without_mvn(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    lock = read_lock(ELASTICSEARCH / "compiler.lock")
    folder = fetch_jars(lock, cache, Report("elasticsearch"))
    assert all(jar.is_whole(folder) for jar in lock.jars)


def test_a_lock_with_a_strange_line_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "jars.lock"
    file.write_text("org.example:part:1.0\n")
    with pytest.raises(StackError, match=r"not a jar and its sha256: org\.example:part:1\.0"):
        read_lock(file)
