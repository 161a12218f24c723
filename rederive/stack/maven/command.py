"""Jars by the user's own `mvn`, which knows mirrors and proxies."""

import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from xml.sax.saxutils import escape

from rederive.stack.errors import StackError
from rederive.stack.maven.lock import Jar, Lock
from rederive.stack.report import Report

PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
TIMEOUT_S = 600.0
POLL_S = 0.2


def find_maven() -> str | None:
    """`mvn` on PATH, if any."""
    return shutil.which("mvn")


def copy_by_maven(maven: str, lock: Lock, folder: Path, report: Report) -> None:
    """Copy the lock's jars into `folder`.

    Raises StackError where mvn fails or takes longer than TIMEOUT_S.
    """
    report.say("fetch the jars by mvn", 0.0)
    with tempfile.TemporaryDirectory(prefix="rederive-pom-") as project:
        pom = Path(project) / "pom.xml"
        pom.write_text(pom_of(lock))
        options = ["-B", "-f", str(pom), f"-DoutputDirectory={folder}"]
        _run([maven, *options, PLUGIN], len(lock.jars), report)


def pom_of(lock: Lock) -> str:
    """A project that depends on the locked jars and on nothing that they depend on."""
    dependencies = "\n".join(_dependency(jar) for jar in lock.jars)
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0">\n'
        "<modelVersion>4.0.0</modelVersion>\n"
        "<groupId>rederive</groupId><artifactId>jars</artifactId><version>1</version>\n"
        f"<dependencies>\n{dependencies}\n</dependencies>\n</project>\n"
    )


def _dependency(jar: Jar) -> str:
    all_others = "<exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion>"
    return (
        f"<dependency><groupId>{escape(jar.group)}</groupId>"
        f"<artifactId>{escape(jar.artifact)}</artifactId>"
        f"<version>{escape(jar.version)}</version>"
        f"<exclusions>{all_others}</exclusions></dependency>"
    )


def _run(command: list[str], jar_count: int, report: Report) -> None:
    """Run mvn to its end, counting the jars it tells of; its own plugins' jars come first."""
    fetched = 0
    words: list[str] = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        ended = threading.Event()
        watch = threading.Thread(target=_kill_late, args=(process, ended, report))
        watch.start()
        try:
            for line in process.stdout:
                words.append(line.strip())
                if "Copying " in line:
                    fetched += 1
                    report.say("fetch the jars by mvn", min(1.0, fetched / jar_count))
        except BaseException:
            process.kill()
            raise
        finally:
            ended.set()
            watch.join()
    report.check()
    if process.returncode != 0:
        errors = [line for line in words if line.startswith("[ERROR]")] or words[-1:]
        raise StackError(f"mvn exited with {process.returncode}: {' '.join(errors[:1])}")


def _kill_late(process: subprocess.Popen[str], ended: threading.Event, report: Report) -> None:
    """End mvn when its time is over or the start is given up, though it says nothing."""
    end = time.monotonic() + TIMEOUT_S
    while not ended.wait(POLL_S):
        if report.given_up.is_set() or time.monotonic() > end:
            process.kill()
            return
