"""No output of a command has a secret of the project, however the client encodes it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import rederive
from tests.conftest import TRACE
from tests.longest_run import longest_run

SECRETS = {
    "SOURCE": "so%zzur@ce/pass?word",
    "KAFKA": "kaf'ka \"pass\\word",
    "SEARCH": "sear.ch-api-key\nand-its-tail",
    "CACHE": "cache%p@ss:word/x",
    "TABLES": "tab'les pass\\word\nin two",
}
PROJECT = """
[source.shop]
dsn = "postgresql://shop:${SOURCE}@127.0.0.1:1/shop"
tables = ["public.items"]
[kafka]
"bootstrap.servers" = "127.0.0.1:1"
"security.protocol" = "sasl_plaintext"
"sasl.mechanism" = "PLAIN"
"sasl.username" = "shop"
"sasl.password" = "${KAFKA}"
"socket.timeout.ms" = "${KAFKA}"
[sink.search]
type = "elasticsearch"
hosts = ["http://127.0.0.1:1"]
api_key = "${SEARCH}"
[sink.cache]
type = "redis"
url = "redis://:${CACHE}@127.0.0.1:1/0"
[sink.tables]
type = "postgresql"
dsn = "host=127.0.0.1 port=1 password=${TABLES} user=shop"
"""
VIEW = """
CREATE MATERIALIZED VIEW shown AS SELECT id FROM items;
CREATE SINK shown_search FROM shown WITH (connection = 'search', index = 'shown');
CREATE SINK shown_cache FROM shown WITH (connection = 'cache', key = 'id');
CREATE SINK shown_table FROM shown WITH (connection = 'tables', table = 'shown');
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    (tmp_path / "views").mkdir()
    (tmp_path / "rederive.toml").write_text(PROJECT)
    (tmp_path / "views" / "shown.sql").write_text(VIEW)
    return tmp_path


@pytest.mark.parametrize("command", ["check", "status", "capture --no-wait"])
def test_no_command_says_a_secret(project: Path, command: str) -> None:
    ended = rederive(project, *command.split())
    said = ended.stdout + ended.stderr
    assert ended.returncode == (2 if command == "status" else 1)
    for secret in SECRETS.values():
        assert longest_run(secret, said) < 6, said
    # At most a line or two of librdkafka's own log
    assert said.count("rdkafka") < 3, said


@pytest.mark.shows_trace
def test_nor_does_a_trace(project: Path) -> None:
    command = [sys.executable, "-m", "rederive", "capture", "--no-wait", "--debug"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=project)
    assert TRACE in ended.stderr
    for secret in SECRETS.values():
        assert longest_run(secret, ended.stderr) < 6, ended.stderr
