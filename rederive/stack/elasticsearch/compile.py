"""Compile our two Java sources into the jars that lie beside them.

`python -m stack.elasticsearch.compile` after a source or the Elasticsearch version has changed. The
compiler is Eclipse's, locked like all jars, because a Java runtime alone brings none; so the same
sources give the same bytes everywhere, and a test holds the jars to their sources.
"""

import tempfile
import zipfile
from importlib.resources import files
from pathlib import Path

from rederive.stack.environment import cache_folder
from rederive.stack.errors import StackError
from rederive.stack.java import find_java
from rederive.stack.maven.fetch import fetch_jars
from rederive.stack.maven.lock import read_lock
from rederive.stack.report import Report
from rederive.stack.tool import run_tool

SOURCE_BY_JAR = {"embedded-es.jar": "EmbeddedEs.java", "dev-root.jar": "DevRootPlugin.java"}
TIMEOUT_S = 300.0
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date a zip file can hold: jars carry no build time


def compile_jars(folder: Path) -> list[Path]:
    """Compile both sources into jars in `folder`, and return their paths.

    Raises StackError with the compiler's words where a source does not compile.
    """
    here = Path(str(files("rederive.stack.elasticsearch")))
    return [_compile(here / source, folder / jar) for jar, source in sorted(SOURCE_BY_JAR.items())]


def _compile(source: Path, jar: Path) -> Path:
    report = Report("elasticsearch")
    cache = cache_folder()
    compiler = fetch_jars(read_lock(source.parent / "compiler.lock"), cache, report)
    library = fetch_jars(read_lock(source.parent / "jars.lock"), cache, report)
    with tempfile.TemporaryDirectory(prefix="rederive-classes-") as classes:
        options = ["-21", "-g", "-proc:none", "-nowarn", "-d", classes]
        class_path = ":".join(str(path) for path in sorted(library.glob("*.jar")))
        program = [
            str(find_java()),
            "-cp",
            f"{compiler}/*",
            "org.eclipse.jdt.internal.compiler.batch.Main",
        ]
        made = run_tool([*program, *options, "-cp", class_path, str(source)], TIMEOUT_S)
        if made.returncode != 0:
            raise StackError(f"{source.name} does not compile: {made.stdout}{made.stderr}")
        _pack(Path(classes), jar)
    return jar


def _pack(classes: Path, jar: Path) -> None:
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(classes.rglob("*.class")):
            entry = zipfile.ZipInfo(path.relative_to(classes).as_posix(), EPOCH)
            archive.writestr(entry, path.read_bytes())


if __name__ == "__main__":
    compile_jars(Path(str(files("rederive.stack.elasticsearch"))))
