"""A shop in one process: its orders go to PostgreSQL, its totals come from a view that holds each
of them as soon as `wait` returns. README.md says how to run it."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
from sqlite_sink import SQLITE

import rederive

FOLDER = Path(__file__).parent
TABLE = """
CREATE TABLE IF NOT EXISTS orders (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day date NOT NULL,
    amount numeric(10,2) NOT NULL)"""
AMOUNTS = ("12.50", "7.25", "100.00")


def main() -> None:
    logging.basicConfig(level=logging.WARNING)
    rederive.register_sink(SQLITE)
    project = rederive.open_project(FOLDER)
    with psycopg.connect(str(project.source.dsn), autocommit=True) as shop:
        shop.execute(TABLE)
        with rederive.capture(project), rederive.pipeline(project) as pipeline:
            for amount in AMOUNTS:
                shop.execute("INSERT INTO orders (day, amount) VALUES (current_date, %s)", [amount])
            position = pipeline.wait("orders_by_day", timeout_s=120)
            print(f"The totals hold all that was committed before {position}.")
            with pipeline.rows("orders_by_day") as rows:
                for row in rows:
                    print(f"{row['day']}: {row['orders']} orders, {row['amount']} in all")
    for day, orders in in_file():
        print(f"{day} in the file: {orders} orders")


def in_file() -> list[tuple[str, int]]:
    """What another program sees."""
    with closing(sqlite3.connect("shop.sqlite")) as file:
        return file.execute("SELECT day, orders FROM orders_by_day ORDER BY day").fetchall()


if __name__ == "__main__":
    main()
