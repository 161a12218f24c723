"""Random transactions over TPC-H's tables: the refresh functions of the specification, and nastier.

Each method changes the database through the connection given; the caller makes the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from psycopg import sql

from tests.tpch.rows import (
    BRANDS,
    CUSTOMERS,
    ORDERS,
    PARTS,
    SIZES,
    SUPPLIERS,
    Row,
    Rows,
)
from tests.views.source import Connection

NULLABLE = {
    "lineitem": ("l_quantity", "l_discount", "l_extendedprice", "l_suppkey", "l_receiptdate"),
    "orders": ("o_custkey", "o_orderdate", "o_comment", "o_orderpriority"),
    "customer": ("c_acctbal", "c_phone", "c_nationkey"),
    "part": ("p_brand", "p_size", "p_type", "p_name"),
    "partsupp": ("ps_availqty", "ps_supplycost"),
    "supplier": ("s_nationkey", "s_comment", "s_acctbal"),
    "nation": ("n_regionkey",),
}


def insert(connection: Connection, table: str, rows: Sequence[Row]) -> None:
    """Insert rows; what is there under the same key stays."""
    names = list(rows[0])
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(sql.Placeholder() * len(names)),
    )
    connection.cursor().executemany(statement, [list(row.values()) for row in rows])


class Refresh:
    """One transaction after another, from a `Random`. `done`: the names of what the current
    transaction did, for the failure's message."""

    def __init__(self, connection: Connection, random: Random) -> None:
        self.connection = connection
        self.random = random
        self.rows = Rows(random)
        self.done: list[str] = []
        self._last_order = ORDERS
        self._common: list[Callable[[], None]] = [
            self.new_orders, self.new_orders, self.old_orders, self.lines, self.lines,
            self.orders, self.customers, self.parts, self.stock, self.suppliers,
        ]  # fmt: skip
        self._rare: list[Callable[[], None]] = [
            self.nulls, self.nulls, self.move_order, self.swap_lines, self.renumber_supplier,
            self.close_customer, self.part_gone_and_back, self.nation_moves, self.half_the_lines,
            self.nothing_in_the_end,
        ]  # fmt: skip

    def transaction(self) -> None:
        """One to four changes of one transaction."""
        self.done = []
        for _ in range(self.random.choice((1, 1, 2, 4))):
            choices = self._common if self.random.random() < 0.6 else self._rare
            change = self.random.choice(choices)
            self.done.append(change.__name__)
            change()

    # what the specification does, and everyday updates

    def new_orders(self) -> None:
        for _ in range(self.random.randint(1, 5)):
            self._last_order += 1
            order = self.rows.order(self._last_order)
            insert(self.connection, "orders", [order])
            insert(self.connection, "lineitem", self.rows.lines(order))

    def old_orders(self) -> None:
        keys = [self._order() for _ in range(self.random.randint(1, 5))]
        self._run("DELETE FROM lineitem WHERE l_orderkey = ANY(%s)", keys)
        self._run("DELETE FROM orders WHERE o_orderkey = ANY(%s)", keys)

    def lines(self) -> None:
        change = self.random.choice([
            "l_quantity = mod(l_quantity, 50) + 1", "l_discount = 0.06", "l_returnflag = 'R'",
            "l_receiptdate = l_receiptdate - 40", "l_receiptdate = l_commitdate + 1",
            "l_shipdate = date '1995-09-10'", "l_shipmode = 'MAIL'", "l_tax = NULL",
            "l_shipinstruct = 'DELIVER IN PERSON', l_shipmode = 'AIR'",
        ])  # fmt: skip
        self._run(f"UPDATE lineitem SET {change} WHERE mod(l_orderkey, 97) = %s", self._below(97))

    def orders(self) -> None:
        change = self.random.choice([
            "o_orderstatus = 'F'", "o_orderdate = o_orderdate - 60", "o_orderpriority = '2-HIGH'",
            "o_comment = 'special pending requests'", "o_custkey = mod(o_custkey, 150) + 1",
            "o_orderdate = date '1994-02-01'", "o_totalprice = o_totalprice + 1000",
        ])  # fmt: skip
        self._run(f"UPDATE orders SET {change} WHERE mod(o_orderkey, 53) = %s", self._below(53))

    def customers(self) -> None:
        change = self.random.choice([
            "c_acctbal = c_acctbal - 500", "c_mktsegment = 'BUILDING'", "c_nationkey = 7",
            "c_phone = '13-555-555-5555'", "c_name = c_name || '*'",
        ])  # fmt: skip
        self._run(f"UPDATE customer SET {change} WHERE mod(c_custkey, 31) = %s", self._below(31))

    def parts(self) -> None:
        brand, size = self.random.choice(BRANDS), self.random.choice(SIZES)
        change = self.random.choice([
            f"p_brand = '{brand}'", f"p_size = {size}", "p_type = 'PROMO PLATED BRASS'",
            "p_type = 'ECONOMY ANODIZED STEEL'", "p_name = 'forest green'",
            "p_brand = 'Brand#23', p_container = 'MED BOX'",
        ])  # fmt: skip
        self._run(f"UPDATE part SET {change} WHERE mod(p_partkey, 29) = %s", self._below(29))

    def stock(self) -> None:
        change = self.random.choice([
            "ps_availqty = ps_availqty * 2", "ps_availqty = 0", "ps_supplycost = 1.01",
            "ps_supplycost = ps_supplycost * 3",
        ])  # fmt: skip
        self._run(f"UPDATE partsupp SET {change} WHERE mod(ps_partkey, 37) = %s", self._below(37))
        part = self.random.randint(1, PARTS)
        row = self.rows.partsupp(part, self.random.randint(1, SUPPLIERS))
        insert(self.connection, "partsupp", [row])

    def suppliers(self) -> None:
        change = self.random.choice([
            "s_nationkey = 7", "s_nationkey = 20", "s_nationkey = 3", "s_acctbal = 0",
            "s_comment = 'Customer Complaints'", "s_comment = 'none'", "s_address = 'moved'",
        ])  # fmt: skip
        self._run(f"UPDATE supplier SET {change} WHERE mod(s_suppkey, 19) = %s", self._below(19))

    # nastier

    def nulls(self) -> None:
        table = self.random.choice(list(NULLABLE))
        column = self.random.choice(NULLABLE[table])
        self._run(f"UPDATE {table} SET {column} = NULL WHERE mod(hashtext({table}::text), 80) = %s",
                  self._below(80))  # fmt: skip

    def move_order(self) -> None:
        """The key of an order changes, and that of its lines with it."""
        old, self._last_order = self._order(), self._last_order + 1
        for table, column in (("orders", "o_orderkey"), ("lineitem", "l_orderkey")):
            self._run(f"UPDATE {table} SET {column} = %s WHERE {column} = %s",
                      self._last_order, old)  # fmt: skip

    def swap_lines(self) -> None:
        """Lines of one order change places: every key stays, every row differs."""
        key = self._order()
        self._run("UPDATE lineitem SET l_linenumber = -l_linenumber WHERE l_orderkey = %s", key)
        self._run("UPDATE lineitem SET l_linenumber = 8 + l_linenumber WHERE l_orderkey = %s", key)

    def renumber_supplier(self) -> None:
        """A supplier's key is exchanged with another's, whose lines and stock it inherits."""
        one, two = self.random.sample(range(1, SUPPLIERS + 1), 2)
        for old, new in ((one, -1), (two, one), (-1, two)):
            self._run("UPDATE supplier SET s_suppkey = %s WHERE s_suppkey = %s", new, old)

    def close_customer(self) -> None:
        key = self.random.randint(1, CUSTOMERS)
        self._run("DELETE FROM customer WHERE c_custkey = %s", key)
        if self.random.random() < 0.5:
            insert(self.connection, "customer", [self.rows.customer(key)])

    def part_gone_and_back(self) -> None:
        key = self.random.randint(1, PARTS)
        self._run("DELETE FROM part WHERE p_partkey = %s", key)
        if self.random.random() < 0.7:
            insert(self.connection, "part", [self.rows.part(key)])

    def nation_moves(self) -> None:
        region, nation = self.random.randrange(5), self.rows.nation_key()
        self._run("UPDATE nation SET n_regionkey = %s WHERE n_nationkey = %s", region, nation)

    def half_the_lines(self) -> None:
        """Many lines go, some of each order, and suppliers that run dry."""
        self._run("DELETE FROM lineitem WHERE l_suppkey = %s", self.random.randint(1, SUPPLIERS))
        self._run("DELETE FROM lineitem WHERE mod(l_orderkey, 11) = %s AND l_linenumber > 1",
                  self._below(11))  # fmt: skip

    def nothing_in_the_end(self) -> None:
        """Changes that cancel within the transaction."""
        self._run("UPDATE orders SET o_totalprice = -o_totalprice")
        self._run("UPDATE orders SET o_totalprice = -o_totalprice")
        self._run("UPDATE customer SET c_mktsegment = c_mktsegment")

    def empty(self, table: str) -> None:
        """All rows of a table go."""
        self._run(f"DELETE FROM {table}")

    def _order(self) -> int:
        return self.random.randint(1, self._last_order)

    def _below(self, bound: int) -> int:
        return self.random.randrange(bound)

    def _run(self, statement: str, *values: object) -> None:
        self.connection.execute(statement.encode(), values)
