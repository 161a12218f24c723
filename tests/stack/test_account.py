"""PostgreSQL starts for every user, root in both of its ways included."""

import os
from pathlib import Path
from threading import Lock

import pytest

from rederive.stack.lifecycle import Lifecycle
from rederive.stack.postgres.account import NAMESPACE, Account, as_nobody
from rederive.stack.postgres.server import PostgresServer
from rederive.stack.record import Record
from rederive.stack.report import Report


def accounts() -> list[Account]:
    """Every way that this user has."""
    if os.geteuid() != 0:
        return [Account((), os.geteuid(), os.getegid())]
    return [as_nobody(), Account(NAMESPACE, 0, 0), as_nobody()]


@pytest.fixture
def closed_home(tmp_path: Path) -> Path:
    """A home below a folder that only its owner may enter."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    return closed / "postgres"


def test_one_cluster_is_run_in_every_way_in_turn(closed_home: Path) -> None:
    record = Record(closed_home.parent / "stack.json")
    for account in accounts():
        server = PostgresServer(closed_home, account)
        lifecycle = Lifecycle(server, closed_home, record)
        try:
            assert lifecycle.start(Report("postgres"), set(), Lock())
            assert (closed_home / "data").stat().st_uid == account.user_id
        finally:
            lifecycle.stop()
