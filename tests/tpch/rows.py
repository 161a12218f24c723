"""Rows of TPC-H's tables at a size that a test can afford, all from one `random.Random`.

The words and shapes are the specification's; the values that the queries ask for come more often
than there, so that every query has an answer among a few thousand lines.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

Row = dict[str, object]

SUPPLIERS, CUSTOMERS, PARTS, ORDERS = 40, 150, 120, 600
FIRST_DAY, LAST_DAY = date(1992, 1, 1), date(1998, 8, 2)
REGIONS = ("AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST")
NATIONS = (
    ("ALGERIA", 0), ("ARGENTINA", 1), ("BRAZIL", 1), ("CANADA", 1), ("EGYPT", 4), ("ETHIOPIA", 0),
    ("FRANCE", 3), ("GERMANY", 3), ("INDIA", 2), ("INDONESIA", 2), ("IRAN", 4), ("IRAQ", 4),
    ("JAPAN", 2), ("JORDAN", 4), ("KENYA", 0), ("MOROCCO", 0), ("MOZAMBIQUE", 0), ("PERU", 1),
    ("CHINA", 2), ("ROMANIA", 3), ("SAUDI ARABIA", 4), ("VIETNAM", 2), ("RUSSIA", 3),
    ("UNITED KINGDOM", 3), ("UNITED STATES", 1),
)  # fmt: skip
ASKED_NATIONS = (2, 3, 6, 7, 8, 12, 20)
SEGMENTS = ("AUTOMOBILE", "BUILDING", "FURNITURE", "HOUSEHOLD", "MACHINERY")
PRIORITIES = ("1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW")
INSTRUCTIONS = ("DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN")
MODES = ("REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB", "AIR REG")
TYPES = (
    ("STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO"),
    ("ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED"),
    ("TIN", "NICKEL", "BRASS", "STEEL", "COPPER"),
)
BOXES = ("CASE", "BOX", "BAG", "JAR", "PKG", "PACK", "CAN", "DRUM")
COLOURS = ("almond", "azure", "blush", "coral", "forest", "green", "ivory", "lime", "navy", "plum")
BRANDS = ("Brand#12", "Brand#23", "Brand#34", "Brand#45", "Brand#13", "Brand#55")
SIZES = (1, 3, 4, 5, 9, 12, 14, 15, 15, 15, 19, 23, 36, 45, 49, 50)
REMARKS = ("carefully final deposits", "special pending requests", "quick ideas", "sleepy foxes")
COMPLAINTS = ("even theodolites", "Customer slow Complaints", "Customer Recommends", "silent pinto")


class Rows:
    """Makes rows; the parts made are remembered, as lines refer to their suppliers."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def region(self, key: int) -> Row:
        return {"r_regionkey": key, "r_name": REGIONS[key], "r_comment": f"region {key}"}

    def nation(self, key: int) -> Row:
        name, region = NATIONS[key]
        return {"n_nationkey": key, "n_name": name, "n_regionkey": region, "n_comment": "a nation"}

    def nation_key(self) -> int:
        """One of the nations that queries ask for, more often than another."""
        asked = self.random.random() < 0.6
        return self.random.choice(ASKED_NATIONS) if asked else self.random.randrange(25)

    def supplier(self, key: int) -> Row:
        nation = self.nation_key()
        return {
            "s_suppkey": key, "s_name": f"Supplier#{key:09}", "s_address": self._address(),
            "s_nationkey": nation, "s_phone": self._phone(nation), "s_acctbal": self.balance(),
            "s_comment": self.random.choice(COMPLAINTS),
        }  # fmt: skip

    def customer(self, key: int) -> Row:
        nation = self.nation_key()
        return {
            "c_custkey": key, "c_name": f"Customer#{key:09}", "c_address": self._address(),
            "c_nationkey": nation, "c_phone": self._phone(nation), "c_acctbal": self.balance(),
            "c_mktsegment": self.random.choice(SEGMENTS), "c_comment": "regular accounts",
        }  # fmt: skip

    def part(self, key: int) -> Row:
        brand = self.random.choice(BRANDS)
        return {
            "p_partkey": key, "p_name": self._name(),
            "p_mfgr": f"Manufacturer#{brand[6]}", "p_brand": brand, "p_type": self.part_type(),
            "p_size": self.random.choice(SIZES), "p_container": self.container(brand),
            "p_retailprice": self.money(900, 2000), "p_comment": "final packages",
        }  # fmt: skip

    def _name(self) -> str:
        first = "forest" if self.random.random() < 0.2 else self.random.choice(COLOURS)
        return f"{first} {self.random.choice(COLOURS)}"

    def part_type(self) -> str:
        if self.random.random() < 0.12:
            return "ECONOMY ANODIZED STEEL"
        return " ".join(self.random.choice(words) for words in TYPES)

    def container(self, brand: str) -> str:
        """Of the size that the query of discounts asks for with a brand, more often than not."""
        asked = {"Brand#12": "SM", "Brand#23": "MED", "Brand#34": "LG"}.get(brand, "JUMBO")
        size = asked if self.random.random() < 0.6 else self.random.choice(("SM", "MED", "WRAP"))
        return f"{size} {'BOX' if self.random.random() < 0.4 else self.random.choice(BOXES)}"

    def supplier_keys(self, part: int) -> list[int]:
        """The suppliers of a part, as the specification spreads them."""
        return [(part + i * (SUPPLIERS // 4)) % SUPPLIERS + 1 for i in range(4)]

    def partsupp(self, part: int, supplier: int) -> Row:
        return {
            "ps_partkey": part, "ps_suppkey": supplier,
            "ps_availqty": self.random.randint(1, 200), "ps_supplycost": self.money(1, 1000),
            "ps_comment": "ironic requests",
        }  # fmt: skip

    def order(self, key: int) -> Row:
        """An order of a customer whose key is not a multiple of three: those never buy."""
        customer = self.random.choice([k for k in range(1, CUSTOMERS + 1) if k % 3])
        day = FIRST_DAY + timedelta(self.random.randrange((LAST_DAY - FIRST_DAY).days))
        return {
            "o_orderkey": key, "o_custkey": customer, "o_orderstatus": self.random.choice("FFOP"),
            "o_totalprice": self.money(1000, 400_000), "o_orderdate": day,
            "o_orderpriority": self.random.choice(PRIORITIES),
            "o_clerk": f"Clerk#{self.random.randrange(20):09}", "o_shippriority": 0,
            "o_comment": self.random.choice(REMARKS),
        }  # fmt: skip

    def lines(self, order: Row) -> list[Row]:
        """One to seven lines of an order."""
        return [self._line(order, number + 1) for number in range(self.random.randint(1, 7))]

    def _line(self, order: Row, number: int) -> Row:
        part, quantity = self.random.randint(1, PARTS), self.random.randint(1, 50)
        ordered = order["o_orderdate"]
        assert isinstance(ordered, date)
        shipped = ordered + timedelta(self.random.randint(1, 121))
        return {
            "l_orderkey": order["o_orderkey"], "l_partkey": part,
            "l_suppkey": self.random.choice(self.supplier_keys(part)), "l_linenumber": number,
            "l_quantity": quantity, "l_extendedprice": quantity * self.money(900, 2000),
            "l_discount": Decimal(self.random.randint(0, 10)) / 100,
            "l_tax": Decimal(self.random.randint(0, 8)) / 100,
            "l_returnflag": self.random.choice("RAN"), "l_linestatus": self.random.choice("OF"),
            "l_shipdate": shipped, "l_commitdate": ordered + timedelta(self.random.randint(30, 90)),
            "l_receiptdate": shipped + timedelta(self.random.randint(1, 30)),
            "l_shipinstruct": self.random.choice(INSTRUCTIONS),
            "l_shipmode": self.random.choice(MODES), "l_comment": "blithely",
        }  # fmt: skip

    def balance(self) -> Decimal:
        return self.money(-1000, 10_000)

    def money(self, low: int, high: int) -> Decimal:
        return Decimal(self.random.randint(low * 100, high * 100)) / 100

    def _phone(self, nation: int) -> str:
        numbers = [self.random.randint(100, 999), self.random.randint(100, 999)]
        return f"{nation + 10}-{numbers[0]}-{numbers[1]}-{self.random.randint(1000, 9999)}"

    def _address(self) -> str:
        return f"{self.random.randint(1, 999)} Elm Street"


def first_rows(rows: Rows) -> dict[str, list[Row]]:
    """The tables before the first transaction."""
    orders = [rows.order(key) for key in range(1, ORDERS + 1)]
    pairs = [(part, s) for part in range(1, PARTS + 1) for s in rows.supplier_keys(part)]
    return {
        "region": [rows.region(key) for key in range(len(REGIONS))],
        "nation": [rows.nation(key) for key in range(len(NATIONS))],
        "supplier": [rows.supplier(key) for key in range(1, SUPPLIERS + 1)],
        "customer": [rows.customer(key) for key in range(1, CUSTOMERS + 1)],
        "part": [rows.part(key) for key in range(1, PARTS + 1)],
        "partsupp": [rows.partsupp(*pair) for pair in pairs],
        "orders": orders,
        "lineitem": [line for order in orders for line in rows.lines(order)],
    }
