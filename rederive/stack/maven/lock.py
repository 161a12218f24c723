"""`jars.lock`: one jar a line, `group:artifact:version sha256:hex`."""

import hashlib
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from rederive.stack.errors import StackError


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar of a Maven repository."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def coordinates(self) -> str:
        """`group:artifact:version`."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def file_name(self) -> str:
        """The jar's name in a repository, and in our folders."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def url_path(self) -> str:
        """Where a Maven repository keeps it (the default layout)."""
        folder = "/".join((*self.group.split("."), self.artifact, self.version))
        return f"{folder}/{self.file_name}"

    def path(self, folder: Path) -> Path:
        """Where it lies below `folder`."""
        return folder / self.file_name

    def is_whole(self, folder: Path) -> bool:
        """Whether it lies there with the content that the lock names."""
        path = self.path(folder)
        if not path.is_file():
            return False
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == self.sha256


@dataclass(frozen=True, slots=True)
class Lock:
    """All jars of one server; `digest` names this very set."""

    jars: tuple[Jar, ...]
    digest: str

    def folder(self, cache: Path) -> Path:
        """The folder of the cache that holds them, once fetched."""
        return cache / f"jars-{self.digest[:16]}"

    def paths(self, cache: Path) -> list[Path]:
        """The jars' paths in the cache, in the lock's order."""
        return [jar.path(self.folder(cache)) for jar in self.jars]

    def version(self, group_and_artifact: str) -> str:
        """The locked version of an artifact; KeyError where the lock has none."""
        return {f"{jar.group}:{jar.artifact}": jar.version for jar in self.jars}[group_and_artifact]


def read_lock(file: Traversable | Path) -> Lock:
    """Read a lock file.

    Raises StackError where a line is not of the form above.
    """
    text = file.read_text()
    lines = [line for line in text.splitlines() if line.strip()]
    jars = tuple(_read_line(line, str(file)) for line in lines)
    return Lock(jars, hashlib.sha256(text.encode()).hexdigest())


def _read_line(line: str, file: str) -> Jar:
    coordinates, _, digest = line.partition(" sha256:")
    parts = coordinates.split(":")
    if len(parts) != 3 or len(digest) != 64:
        raise StackError(f"{file}: not a jar and its sha256: {line}")
    return Jar(parts[0], parts[1], parts[2], digest)
