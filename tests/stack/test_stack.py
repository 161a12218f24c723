"""Start, reuse, restart and stop of real servers in homes of the test's own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Lock

import psycopg
import pytest
import redis
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from rederive.stack.addresses import Addresses
from rederive.stack.errors import StackError
from rederive.stack.lifecycle import Bounds, Lifecycle
from rederive.stack.record import Record
from rederive.stack.redis.server import RedisServer
from rederive.stack.report import Report
from rederive.stack.stack import KINDS, Stack

MakeStack = Callable[..., Stack]


@pytest.fixture
def make_stack(tmp_path: Path) -> Iterator[MakeStack]:
    """Makes stacks of one home; whatever runs at the test's end is stopped."""

    def make(*servers: str) -> Stack:
        return Stack(tmp_path / "home with a space", servers or tuple(KINDS))

    yield make
    make().stop()


def pids(stack: Stack) -> dict[str, int]:
    return {status.name: status.pid for status in stack.running()}


def url(addresses: Addresses) -> str:
    assert addresses.redis_url is not None
    return addresses.redis_url


def store(addresses: Addresses, key: str) -> None:
    with closing(redis.Redis.from_url(url(addresses))) as connection:
        connection.set(key, "kept")
        connection.waitaof(1, 0, 5000)


def stored(addresses: Addresses, key: str) -> object:
    with closing(redis.Redis.from_url(url(addresses))) as connection:
        return connection.get(key)


def test_a_killed_server_comes_back_with_its_data_and_the_others_stay(
    make_stack: MakeStack,
) -> None:
    stack = make_stack()
    phases: list[tuple[str, str, float | None]] = []
    addresses = stack.start(lambda *phase: phases.append(phase))
    assert {server for server, phase, part in phases if (phase, part) == ("ready", 1.0)} == {*KINDS}
    fill(addresses)
    before = pids(stack)
    versions = {status.name: status.version for status in stack.running()}
    assert versions["postgres"].startswith("PostgreSQL 18.")
    assert versions["elasticsearch"].startswith("Elasticsearch 9.")

    for name in ("postgres", "kafka"):
        os.kill(before[name], signal.SIGKILL)
    wait_until(lambda: set(pids(stack)) == {"redis", "elasticsearch"})
    assert make_stack().start() == addresses
    after = pids(stack)
    assert {name for name in KINDS if after[name] == before[name]} == {"redis", "elasticsearch"}
    assert_filled(addresses)

    stack.stop()
    stack.stop()
    assert stack.running() == []
    assert not (stack.home / "stack.env").exists()


def fill(addresses: Addresses) -> None:
    assert addresses.postgres_dsn and addresses.kafka_bootstrap
    with psycopg.connect(addresses.postgres_dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
    admin = AdminClient({"bootstrap.servers": addresses.kafka_bootstrap})
    admin.create_topics([NewTopic("kept", 1, 1)])["kept"].result(30)


def assert_filled(addresses: Addresses) -> None:
    assert addresses.postgres_dsn and addresses.kafka_bootstrap
    with psycopg.connect(addresses.postgres_dsn) as connection:
        assert connection.execute("SELECT id FROM kept").fetchall() == [(1,)]
    admin = AdminClient({"bootstrap.servers": addresses.kafka_bootstrap})
    assert "kept" in admin.list_topics(timeout=10).topics


def test_one_server_is_stopped_and_started_on_its_port(make_stack: MakeStack) -> None:
    stack = make_stack("kafka", "redis")
    addresses = stack.start()
    stack.stop_server("kafka")
    assert set(pids(stack)) == {"redis"}
    assert stack.addresses().kafka_bootstrap is None
    assert stack.start_server("kafka") == addresses


def test_the_environment_file_names_what_runs(make_stack: MakeStack) -> None:
    stack = make_stack("redis", "postgres")
    addresses = stack.start()
    file = stack.home / "stack.env"
    assert file.read_text().splitlines() == [
        f"REDERIVE_POSTGRES_DSN={addresses.postgres_dsn}",
        f"REDERIVE_REDIS_URL={addresses.redis_url}",
    ]
    make_stack("postgres").stop()
    assert file.read_text().splitlines() == [f"REDERIVE_REDIS_URL={addresses.redis_url}"]


@pytest.mark.parametrize("server", ["redis", "kafka"])
def test_a_port_taken_by_a_stranger_is_left_to_it(make_stack: MakeStack, server: str) -> None:
    stack = make_stack(server)
    stack.start()
    address = stack.running()[0].address
    stack.stop()
    port = int(address.removesuffix("/0").rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        stack.start()
        assert stack.running()[0].address != address


def test_data_outlives_a_stop(make_stack: MakeStack) -> None:
    stack = make_stack("redis")
    store(stack.start(), "k")
    stack.stop()
    assert stored(stack.start(), "k") == b"kept"


def test_a_hanging_server_is_replaced(make_stack: MakeStack) -> None:
    stack = make_stack("redis")
    store(stack.start(), "k")
    (hanging,) = pids(stack).values()
    os.kill(hanging, signal.SIGSTOP)
    home = stack.home / "redis"
    impatient = Bounds(reuse_s=0.5, stop_s=0.5)
    lifecycle = Lifecycle(RedisServer(home), home, Record(stack.home / "stack.json"), impatient)
    assert lifecycle.start(Report("redis"), set(), Lock())
    assert pids(stack) != {"redis": hanging}
    assert stored(stack.addresses(), "k") == b"kept"


def test_a_recycled_pid_is_not_killed(make_stack: MakeStack) -> None:
    stack = make_stack("redis")
    stack.start()
    stack.stop()
    file = stack.home / "stack.json"
    content = json.loads(file.read_text())
    with subprocess.Popen(["sleep", "60"]) as stranger:
        content["servers"]["redis"]["pid"] = stranger.pid
        file.write_text(json.dumps(content))
        assert stack.running() == []
        stack.stop()
        assert stranger.poll() is None
        stranger.kill()


def test_a_failed_start_leaves_nothing_running_and_shows_the_log(make_stack: MakeStack) -> None:
    stack = make_stack("redis", "postgres")
    stack.start()
    stack.stop()
    with (stack.home / "postgres" / "data" / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(StackError) as failure:
        stack.start()
    assert "no_such_setting" in failure.value.message
    assert str(stack.home / "postgres" / "log") in failure.value.fix
    assert stack.running() == []
    assert not (stack.home / "stack.env").exists()


def test_a_start_given_up_leaves_nothing_running(make_stack: MakeStack) -> None:
    stack = make_stack("redis", "elasticsearch")

    def give_up(server: str, phase: str, fraction: float | None) -> None:
        if (server, phase) == ("elasticsearch", "start"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stack.start(give_up)
    assert stack.running() == []


def test_two_processes_start_one_home(make_stack: MakeStack) -> None:
    stack = make_stack("redis")
    script = (
        "import sys; from pathlib import Path; from rederive.stack.stack import Stack\n"
        "stack = Stack(Path(sys.argv[1]), ('redis',)); stack.start()\n"
        "sys.stdout.write(str(stack.running()[0].pid))"
    )
    command = [sys.executable, "-c", script, str(stack.home)]
    starters = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = {starter.communicate(timeout=60)[0] for starter in starters}
    assert told == {str(pid) for pid in pids(stack).values()}


def test_an_unknown_server_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="choose from postgres, kafka"):
        Stack(tmp_path, ("mysql",))


def wait_until(is_true: Callable[[], bool], timeout_s: float = 10) -> None:
    end = time.monotonic() + timeout_s
    while not is_true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
