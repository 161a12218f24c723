"""The partition of March, `sales_3` of the table `sales` (`published.py`): statements that create,
attach, fill and detach it."""

from __future__ import annotations

MARCH = "FOR VALUES FROM ('2026-03-01') TO ('2026-04-01')"
OF_MARCH = f"CREATE TABLE sales_3 PARTITION OF sales {MARCH}"
LIKE_SALES = "CREATE TABLE sales_3 (LIKE sales INCLUDING ALL)"
ATTACH = f"ALTER TABLE sales ATTACH PARTITION sales_3 {MARCH}"
DETACH = "ALTER TABLE sales DETACH PARTITION sales_3"
FILL = (
    "INSERT INTO sales SELECT i, date '2026-03-01' + i % 30, i FROM generate_series(1000, 1030) i"
)
FILL_AGAIN = FILL.replace("1000, 1030", "1040, 1050")
FEWER = "DELETE FROM sales_3 WHERE id % 2 = 0"


def at_once(*statements: str) -> str:
    """The statements as one transaction."""
    return "; ".join(statements)
