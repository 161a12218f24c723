"""`rederive check` of a whole project: one line for each fact, with the fix of each fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from cdc.check import Check
from materializers.project.project import load_project
from materializers.sinks.registry import open_sink
from rederive.checks import all_checks, source_schemas, view_schema
from rederive.cli.main import main
from rederive.migrations.upgrade import upgrade
from tests.contracts.opened_sinks import FIRST

PROJECT = """
[source.{name}]
dsn = "{dsn}"
tables = ["public.*"]
[kafka]
"bootstrap.servers" = "{kafka}"
[sink.analytics]
type = "postgresql"
dsn = "{sink_dsn}"
[sink.cache]
type = "redis"
url = "{redis}"
[sink.search]
type = "elasticsearch"
hosts = ["{elasticsearch}"]
"""
VIEW = """
CREATE MATERIALIZED VIEW counted AS SELECT n, count(*) AS rows FROM t GROUP BY n;
CREATE SINK counted_table FROM counted WITH (connection = 'analytics', schema = 'told');
"""


@pytest.fixture
def folder(
    tmp_path: Path,
    postgres_dsn: str,
    kafka_bootstrap: str,
    topic_prefix: str,
    redis_url: str,
    elasticsearch_url: str,
) -> Iterator[Path]:
    """A project whose PostgreSQL sink connects as a role without rights, `sink_…`."""
    role = f"sink_{topic_prefix}"
    with psycopg.connect(postgres_dsn, autocommit=True) as admin:
        admin.execute(
            f"CREATE TABLE t (id int PRIMARY KEY, n int); CREATE ROLE {role} LOGIN;"
            f"REVOKE ALL ON DATABASE {admin.info.dbname} FROM PUBLIC;"
            f"GRANT CONNECT ON DATABASE {admin.info.dbname} TO {role}".encode()
        )
        text = PROJECT.format(
            name=topic_prefix, dsn=postgres_dsn, kafka=kafka_bootstrap, redis=redis_url,
            elasticsearch=elasticsearch_url, sink_dsn=postgres_dsn.replace("postgres@", f"{role}@"),
        )  # fmt: skip
        (tmp_path / "rederive.toml").write_text(text)
        (tmp_path / "views").mkdir()
        (tmp_path / "views" / "v.sql").write_text(VIEW)
        yield tmp_path
        admin.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


def faults(folder: Path) -> list[Check]:
    found = [check for check in all_checks(load_project(folder)) if not check.ok]
    assert all(check.fix and "\n" not in check.message + check.fix for check in found), found
    return found


def test_a_view_of_a_table_that_cannot_be_captured(folder: Path, postgres_dsn: str) -> None:
    """The view's fault has the cause and its fix; the wildcard alone would only warn."""
    with psycopg.connect(postgres_dsn, autocommit=True) as admin:
        admin.execute("CREATE TABLE other (id int PRIMARY KEY)")
        admin.execute("ALTER TABLE t DROP CONSTRAINT t_pkey")
    (fault,) = [check for check in faults(folder) if check.name == "view counted"]
    said = "view counted reads table public.t, which cannot be captured: it has no primary key"
    assert (fault.message, fault.is_fatal) == (said, True)
    assert fault.fix == "ALTER TABLE public.t ADD PRIMARY KEY (…)"


def test_rights_in_a_sinks_database(folder: Path, postgres_dsn: str) -> None:
    """The statements that check proposes suffice, and then it proposes none."""
    with psycopg.connect(postgres_dsn, autocommit=True) as admin:
        found = faults(folder)
        assert {check.name for check in found} == {"sink counted_table"}
        told = " ".join(check.message for check in found)
        for lacking in ("schema told does not exist", "create schema rederive", "temporary tables"):
            assert lacking in told
        admin.execute("CREATE SCHEMA told")
        (missing,) = [check for check in faults(folder) if "told" in check.message]
        assert "may not create tables in schema told" in missing.message
        for check in faults(folder):
            admin.execute(check.fix.encode())
    assert not faults(folder)
    project = load_project(folder)
    (view,), (definition,) = project.views, project.sink_definitions
    schema = view_schema(project, view, source_schemas(project))
    with closing(open_sink(definition, project.sinks["analytics"], schema, FIRST)) as sink:
        sink.claim(FIRST.run, None)
        sink.create(1)
        sink.switch(1)
    assert not faults(folder)


def test_the_sinks_own_tables_made_by_another_role(folder: Path, postgres_dsn: str) -> None:
    upgrade(lambda: psycopg.connect(postgres_dsn), "sink")
    found = faults(folder)
    assert any("may not make and change tables in schema rederive" in c.message for c in found)
    with psycopg.connect(postgres_dsn, autocommit=True) as admin:
        for check in found:
            admin.execute(check.fix.encode())
    assert not faults(folder)


def test_sinks_without_a_view_and_without_a_source(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = {check.name: check for check in all_checks(load_project(folder))}
    assert named["[sink.cache]"].message == "redis answers, and no view uses it"
    assert named["[sink.search]"].message == "elasticsearch answers, and no view uses it"
    text = (folder / "rederive.toml").read_text()
    away = re.sub(r"redis://127\.0\.0\.1:\d+", "redis://127.0.0.1:1", text)
    (folder / "rederive.toml").write_text(away.replace("/t", "/no_such_", 1))
    named = {check.name: check for check in all_checks(load_project(folder))}
    assert not named["source"].ok and not named["[sink.cache]"].ok
    assert named["[sink.search]"].ok and not named["[sink.analytics]"].ok
    with pytest.raises(SystemExit) as ended:
        main(["check", "--project", str(folder)])
    shown = capsys.readouterr()
    assert ended.value.code == 1 and shown.err == ""
    assert "[sink.cache]: " in shown.out and "Traceback" not in shown.out
    assert all(line.split()[0] in ("ok", "wrong", "warning") for line in shown.out.splitlines())


def test_print_sql_prints_sql_alone(
    folder: Path, postgres_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check", "--print-sql", "--project", str(folder)])
    shown = capsys.readouterr()
    assert ended.value.code == 0 and shown.err == ""
    assert "GRANT SELECT ON TABLE\n    public.t\n" in shown.out
    with psycopg.connect(postgres_dsn, autocommit=True) as admin:
        admin.execute(shown.out.encode())
        row = admin.execute("SELECT pubname FROM pg_publication").fetchone()
    assert row is not None and row[0].startswith("rederive_")
