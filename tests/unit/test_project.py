"""A project's files: what is read, and that every fault is named with its fix, at once."""

from pathlib import Path

import pytest

from cdc.config_file import STACK_ENVIRONMENT
from cdc.errors import ConfigError
from cdc.scrubber import scrub
from materializers.project.project import load_project

TOML = """
[source.shop]
dsn = "postgresql://shop:${SHOP_PASSWORD}@db/shop"
tables = ["public.orders", "public.item*"]
[kafka]
"bootstrap.servers" = "broker:9092"
security.protocol = "sasl_ssl"
socket.keepalive.enable = true
[kafka.topics]
partitions = 3
"segment.ms" = 1000
[sink.search]
type = "elasticsearch"
hosts = ["https://search:9200"]
api_key = "${SHOP_PASSWORD}"
verify_certs = false
[pipeline]
memory_limit = "1GB"
"""
SQL = """
CREATE MATERIALIZED VIEW orders AS SELECT 1 AS id;
CREATE SINK orders_index FROM orders WITH (connection = 'search', key = 'id, part');
"""


def make_project(folder: Path, toml: str = TOML, sql: str = SQL) -> Path:
    (folder / "views").mkdir(exist_ok=True)
    (folder / "rederive.toml").write_text(toml)
    (folder / "views" / "orders.sql").write_text(sql)
    return folder


def faults(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_project(folder)
    assert all(problem.fix for problem in caught.value.problems)
    return [str(problem) for problem in caught.value.problems]


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SHOP_PASSWORD", "s3cret")
    return "s3cret"


def test_a_view_that_only_others_read_is_not_kept_by_itself(tmp_path: Path, password: str) -> None:
    inner = "CREATE MATERIALIZED VIEW items AS SELECT 1 AS id;"
    sql = f"{inner}{SQL.replace('SELECT 1 AS id', 'SELECT id FROM items')}"
    project = load_project(make_project(tmp_path, sql=sql))
    assert [view.name for view in project.views] == ["items", "orders"]
    assert [view.name for view in project.maintained_views] == ["orders"]
    assert project.readers_of("items") == ("orders",)
    assert not project.warnings


def test_a_project_is_read_whole(tmp_path: Path, password: str) -> None:
    project = load_project(make_project(tmp_path))
    assert project.source.name == "shop"
    assert project.source.dsn == f"postgresql://shop:{password}@db/shop"
    assert project.source.tables == ("public.orders", "public.item*")
    assert project.kafka.address == "broker:9092"
    assert project.kafka.settings["security.protocol"] == "sasl_ssl"
    assert project.kafka.settings["socket.keepalive.enable"] == "true"
    assert project.kafka.topics.partitions == 3
    assert project.kafka.topics.settings == {"segment.ms": "1000"}
    assert project.sinks["search"].settings["verify_certs"] is False
    assert project.pipeline.memory_limit == "1GB"
    assert project.pipeline.state == tmp_path / ".rederive"
    assert [view.name for view in project.views] == ["orders"]
    assert project.key_of("orders") == ("id", "part")
    assert project.warnings == ()


@pytest.mark.parametrize(
    "written, wal_bytes",
    [('"10 GB"', 10 * 2**30), ('"512kB"', 2**19), ('"7"', 7), ("8192", 8192), ("0", 0)],
)
def test_a_size_is_written_as_in_postgresql(
    tmp_path: Path, password: str, written: str, wal_bytes: int
) -> None:
    toml = TOML.replace("tables =", f"wal_keep_max = {written}\ntables =")
    assert load_project(make_project(tmp_path, toml)).source.wal_keep_max_bytes == wal_bytes


def test_what_is_to_be_done_with_much_log_is_checked(tmp_path: Path, password: str) -> None:
    settings = 'wal_warn = "much"\non_wal_full = "drop-slot"\non_lost = "refil"\n'
    listed = "\n".join(
        faults(make_project(tmp_path, TOML.replace("tables =", settings + "tables =")))
    )
    assert "source.shop.wal_warn: 'much' is no size. Fix: write it as \"10 GB\"." in listed
    assert "source.shop.on_wal_full: has no limit to go by. Fix: add wal_keep_max" in listed
    assert "source.shop.on_lost: 'refil' is not known. Fix: write 'refill'." in listed


def test_secrets_are_never_shown(tmp_path: Path, password: str) -> None:
    project = load_project(make_project(tmp_path))
    assert password not in repr(project)
    assert password not in scrub(project.source.dsn)


def test_every_fault_is_listed_at_once(tmp_path: Path, password: str) -> None:
    toml = (
        TOML.replace("tables =", "tabels =")
        .replace("partitions = 3", "partitions = -1")
        .replace('"elasticsearch"', '"elastisearch"')
        .replace("memory_limit", "memory_limt")
        + "\n[pipelin]\n"
    )
    listed = "\n".join(faults(make_project(tmp_path, toml)))
    assert "rederive.toml: source.shop.tables: is missing." in listed
    assert "source.shop.tabels: is not a known key. Fix: write 'tables'." in listed
    assert "kafka.topics.partitions: -1 is too small. Fix: use 0 or more." in listed
    assert "sink.search.type: 'elastisearch' is not known. Fix: write 'elasticsearch'." in listed
    assert "pipeline.memory_limt: is not a known key. Fix: write 'memory_limit'." in listed
    assert "pipelin: is not a known key. Fix: write 'pipeline'." in listed


def test_an_unset_name_is_a_fault_with_its_key(tmp_path: Path) -> None:
    listed = faults(make_project(tmp_path))
    assert "source.shop.dsn: ${SHOP_PASSWORD} is not set. Fix: export SHOP_PASSWORD=…." in listed[0]
    assert "sink.search.api_key" in listed[1]


def test_addresses_of_local_servers_fill_in_and_the_environment_overrules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_project(tmp_path)
    (tmp_path / STACK_ENVIRONMENT).parent.mkdir(parents=True)
    (tmp_path / STACK_ENVIRONMENT).write_text("SHOP_PASSWORD=a=b\n")
    assert load_project(tmp_path).source.dsn == "postgresql://shop:a=b@db/shop"
    monkeypatch.setenv("SHOP_PASSWORD", "mine")
    assert load_project(tmp_path).source.dsn == "postgresql://shop:mine@db/shop"


def test_a_doubled_dollar_is_a_literal(tmp_path: Path) -> None:
    toml = TOML.replace("${SHOP_PASSWORD}", "$${SHOP_PASSWORD}")
    assert "${SHOP_PASSWORD}" in load_project(make_project(tmp_path, toml)).source.dsn


def test_a_missing_file_and_broken_toml_say_what_to_do(tmp_path: Path) -> None:
    assert "does not exist. Fix: run in a project's folder" in faults(tmp_path)[0]
    assert "line 1, column" in faults(make_project(tmp_path, "[source\nx = 1\n"))[0]


def test_views_and_sinks_are_checked_against_each_other(tmp_path: Path, password: str) -> None:
    sql = (
        SQL
        + SQL
        + """
CREATE SINK a FROM order WITH (connection = 'search');
CREATE SINK b FROM orders WITH (connection = 'serch', key = 'id');
"""
    )
    listed = "\n".join(faults(make_project(tmp_path, sql=sql)))
    assert "view orders is also defined in" in listed
    assert "sink orders_index is also defined in" in listed
    assert "sink a: there is no view 'order'. Fix: write 'orders'." in listed
    assert "sink b: there is no table [sink.serch]" in listed
    assert "sink b gives orders another key" in listed


def test_a_view_without_a_sink_is_a_warning(tmp_path: Path, password: str) -> None:
    project = load_project(make_project(tmp_path, sql="CREATE MATERIALIZED VIEW v AS SELECT 1;"))
    assert "view v has no sink" in project.warnings[0]


def test_a_second_source_is_refused(tmp_path: Path, password: str) -> None:
    toml = TOML + '[source.other]\ndsn = "x"\ntables = ["a"]\n'
    assert "there is more than one source" in faults(make_project(tmp_path, toml))[0]
