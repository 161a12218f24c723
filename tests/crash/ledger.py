"""The bank as a ledger: a transfer is a row in each of two tables, whose topics have different
numbers of partitions.

Receipts less payments are zero at every commit, and only whole transactions show that: a reader
that is ahead in one topic, or joins old credits with new debits, sees another sum.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from confluent_kafka import Producer

from cdc.broker import Topics
from cdc.config import Kafka, Secret

ACCOUNTS = 150
PARTITIONS = {"accounts": 3, "paid_in": 7, "paid_out": 1}
LARGE_ROWS = 5_000
BATCH_ROWS_MAX = 900
"""So few that a large transaction reaches the engine in parts."""

_CREDITS = (
    "SELECT account, sum(amount) AS credits, count(*) AS payments FROM paid_in GROUP BY account"
)
_DEBITS = "SELECT account, sum(amount) AS debits FROM paid_out GROUP BY account"
_BALANCES = f"""
SELECT coalesce(c.account, d.account) AS account,
    coalesce(c.credits, 0) - coalesce(d.debits, 0) AS balance, coalesce(c.credits, 0) AS credits
FROM ({_CREDITS}) c FULL JOIN ({_DEBITS}) d ON d.account = c.account"""

VIEWS = f"""
CREATE MATERIALIZED VIEW credits AS {_CREDITS};
CREATE MATERIALIZED VIEW debits AS {_DEBITS};
CREATE MATERIALIZED VIEW balance AS {_BALANCES};
CREATE MATERIALIZED VIEW statement AS
SELECT a.id, a.name, coalesce(c.credits, 0) - coalesce(d.debits, 0) AS balance
FROM accounts a LEFT JOIN ({_CREDITS}) c ON c.account = a.id
    LEFT JOIN ({_DEBITS}) d ON d.account = a.id;
CREATE MATERIALIZED VIEW total AS
SELECT 'bank' AS name, sum(balance)::bigint AS total, sum(credits)::bigint AS moved
FROM ({_BALANCES}) b;

CREATE SINK balance_table FROM balance
  WITH (connection = 'analytics', table = 'balance', key = 'account');
CREATE SINK balance_index FROM balance
  WITH (connection = 'search', index = '{{prefix}}balance', key = 'account');
CREATE SINK statement_table FROM statement WITH (connection = 'analytics', table = 'statement');
CREATE SINK total_table FROM total
  WITH (connection = 'analytics', table = 'total', key = 'name');
CREATE SINK total_index FROM total
  WITH (connection = 'search', index = '{{prefix}}total', key = 'name');
CREATE SINK total_cache FROM total
  WITH (connection = 'cache', key_pattern = '{{prefix}}:{{{{name}}}}', type = 'json', key = 'name');
"""

PROJECT = """
[source.{prefix}]
type = "postgresql"
dsn = "{postgres}"
tables = ["public.accounts", "public.paid_in", "public.paid_out"]

[kafka]
"bootstrap.servers" = "{kafka}"

[pipeline]
batch_rows_max = {rows}
{pipeline}

[sink.search]
type = "elasticsearch"
hosts = ["{elasticsearch}"]
[sink.cache]
type = "redis"
url = "{redis}"
[sink.analytics]
type = "postgresql"
dsn = "{postgres}"
"""

TABLES = f"""
CREATE TABLE accounts (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE paid_in (id bigint PRIMARY KEY, account integer NOT NULL, amount integer NOT NULL);
CREATE TABLE paid_out (id bigint PRIMARY KEY, account integer NOT NULL, amount integer NOT NULL);
INSERT INTO accounts SELECT i, 'account ' || i FROM generate_series(1, {ACCOUNTS}) i;
INSERT INTO paid_in VALUES (0, 1, 100);
INSERT INTO paid_out VALUES (0, 2, 100);
"""

WITNESS = """
CREATE TABLE witnessed (place text NOT NULL, total numeric);
CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE summed numeric;
BEGIN
    EXECUTE format('SELECT sum(%I) FROM %s', TG_ARGV[0], TG_RELID::regclass) INTO summed;
    INSERT INTO witnessed SELECT TG_ARGV[1], summed
    WHERE NOT EXISTS (SELECT FROM witnessed w WHERE w.place = TG_ARGV[1] AND w.total = summed);
    RETURN NULL;
END $$;
CREATE FUNCTION attend() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE made record; place text;
BEGIN
    FOR made IN
        SELECT * FROM pg_event_trigger_ddl_commands() WHERE command_tag = 'CREATE TABLE'
    LOOP
        place := substring(made.object_identity FROM 'public\\."?(balance|statement|total)');
        CONTINUE WHEN place IS NULL;
        EXECUTE format('CREATE CONSTRAINT TRIGGER witness AFTER INSERT OR UPDATE OR DELETE ON %s'
            ' DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION witness(%L, %L)',
            made.object_identity, CASE place WHEN 'total' THEN 'total' ELSE 'balance' END, place);
    END LOOP;
END $$;
CREATE EVENT TRIGGER attend ON ddl_command_end EXECUTE FUNCTION attend();
"""
"""Records what every committed transaction of a sink leaves in its tables: their readers can see
nothing else."""


def write_project(folder: Path, prefix: str, addresses: dict[str, str], pipeline: str = "") -> None:
    """A project of five views over the ledger's tables, in all three kinds of sink. `pipeline`:
    further lines of that section."""
    (folder / "views").mkdir(parents=True)
    project = PROJECT.format(prefix=prefix, rows=BATCH_ROWS_MAX, pipeline=pipeline, **addresses)
    (folder / "rederive.toml").write_text(project)
    (folder / "views" / "ledger.sql").write_text(VIEWS.format(prefix=prefix))


def make_topics(kafka: str, prefix: str) -> None:
    """The tables' topics, each with its own number of partitions, created before capture starts."""
    settings = Kafka({"bootstrap.servers": Secret(kafka)})
    names = {f"{prefix}.public.{table}": count for table, count in PARTITIONS.items()}
    Topics(settings).create(names)


class Stall:
    """A topic that readers cannot pass: it has another writer's open transaction, where
    read_committed stops. The transaction is aborted in the end."""

    def __init__(self, kafka: str, topic: str) -> None:
        settings = {"bootstrap.servers": kafka, "transactional.id": f"{topic}-stall",
                    "transaction.timeout.ms": 60_000}  # fmt: skip
        self._topic = topic
        self._producer = Producer(settings)
        self._producer.init_transactions(30)

    def begin(self) -> None:
        self._producer.begin_transaction()
        self._producer.produce(self._topic, value=b"never seen", key=b"none", partition=0)
        self._producer.flush(30)

    def end(self) -> None:
        self._producer.abort_transaction(30)


@dataclass
class Clerk:
    """Books transfers, changes and withdraws them, in transactions of one to many rows."""

    dsn: str
    rng: random.Random
    transactions: int = 0
    last: int = 0
    error: BaseException | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, stop: threading.Event, pause_s: float = 0.004) -> None:
        try:
            while not stop.is_set():
                self.book(self.rng.choice([1, 1, 2, 5, 40]))
                time.sleep(pause_s)
        except BaseException as error:
            self.error = error

    def book(self, count: int) -> None:
        """One transaction: new transfers, and changes of existing ones."""
        with self._lock, psycopg.connect(self.dsn) as connection:
            self._insert(connection, count)
            if self.rng.random() < 0.5:
                self._correct(connection)
            if self.rng.random() < 0.05:
                connection.rollback()
        self.transactions += 1

    def _insert(self, connection: psycopg.Connection, count: int) -> None:
        first, self.last = self.last + 1, self.last + count
        step, amount = self.rng.randint(1, ACCOUNTS), self.rng.randint(1, 900)
        for table, shift in (("paid_out", 0), ("paid_in", step)):
            connection.execute(
                f"INSERT INTO {table} SELECT i, mod(i * 7 + {shift}, {ACCOUNTS}) + 1,"
                f" mod(i * {amount}, 997) FROM generate_series({first}, {self.last}) i".encode()
            )

    def _correct(self, connection: psycopg.Connection) -> None:
        low = self.rng.randint(1, self.last)
        which = f"id BETWEEN {low} AND {low + self.rng.choice([0, 0, 3, 30])}"
        account = self.rng.randint(1, ACCOUNTS)
        statements = self.rng.choice([
            [f"DELETE FROM paid_in WHERE {which}", f"DELETE FROM paid_out WHERE {which}"],
            [f"UPDATE paid_out SET amount = amount + 5 WHERE {which}",
             f"UPDATE paid_in SET amount = amount + 5 WHERE {which}"],
            [f"UPDATE paid_in SET account = {account} WHERE {which}"],
            [f"UPDATE paid_out SET id = -id WHERE {which}",
             f"UPDATE paid_in SET id = -id WHERE {which}"],
        ])  # fmt: skip
        for statement in statements:
            connection.execute(statement.encode())
