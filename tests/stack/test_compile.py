"""The two jars of ours come from the sources beside them."""

import zipfile
from pathlib import Path

from rederive.stack.elasticsearch.compile import SOURCE_BY_JAR, compile_jars

HERE = Path(__file__).parents[2] / "rederive" / "stack" / "elasticsearch"


def contents(jar: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(jar) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_jars_are_what_their_sources_compile_to(tmp_path: Path) -> None:
    made = {jar.name: contents(jar) for jar in compile_jars(tmp_path)}
    assert made == {name: contents(HERE / name) for name in SOURCE_BY_JAR}


def test_jars_are_for_java_21() -> None:
    for name in SOURCE_BY_JAR:
        for content in contents(HERE / name).values():
            assert int.from_bytes(content[6:8]) == 65  # JVMS 4.1: major_version
