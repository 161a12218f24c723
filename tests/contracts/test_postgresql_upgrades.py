"""Threads of one process create the control tables of several databases at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg

from rederive.migrations.upgrade import downgrade, upgrade
from tests.fix_servers import fresh_database

DATABASES = 3
TURNS = 4


def up_and_down(dsn: str) -> None:
    for _ in range(TURNS):
        upgrade(lambda: psycopg.connect(dsn), "sink")
        downgrade(lambda: psycopg.connect(dsn), "sink")


def test_threads_do_not_upgrade_one_anothers_database(postgres_server: str) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(DATABASES) as pool:
        databases = [stack.enter_context(fresh_database(postgres_server)) for _ in range(DATABASES)]
        list(pool.map(up_and_down, databases))
