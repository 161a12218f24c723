"""Views over the shop that share their operators, and changes for them."""

from __future__ import annotations

from materializers.engines.engine import Engine
from tests.contracts.recomputed import check
from tests.unit.shop import declare, order
from tests.views.feed import Feed

GROUPING = "SELECT o.customer, sum(o.amount) AS total, count(*) AS n FROM orders o GROUP BY 1"


VIEWS = {
    "plain": "SELECT customer, sum(amount) AS total, count(*) AS n FROM orders GROUP BY customer",
    "shares": f"SELECT g.customer, 10 / g.total AS share, n FROM ({GROUPING}) g",
    "names": f"""WITH g AS ({GROUPING})
        SELECT c.id, c.name, g.total, h.n FROM customers c
        JOIN g ON g.customer = c.id LEFT JOIN g h ON h.customer = c.id""",
}


def declare_all(engine: Engine, feed: Feed) -> None:
    for name, sql in VIEWS.items():
        declare(engine, feed, name, sql)


def fill(feed: Feed) -> None:
    for number, customer in ((1, 5), (2, 5), (3, 6), (4, 7)):
        order(feed, number, customer, f"{number}.50")
    feed.put("public.customers", {"id": 5, "name": "Ada"})
    feed.put("public.customers", {"id": 6, "name": "Bob"})


def churn(engine: Engine, feed: Feed, start: int) -> None:
    """Some cuts in which groups come, change and go."""
    for number in range(start, start + 3):
        order(feed, number, 5 + number % 4, "1.25")
        feed.delete("public.orders", {"id": number - 3})
        feed.put("public.customers", {"id": 5 + number % 3, "name": f"n{number}"})
        assert not engine.apply(feed.batch()).failures
        check(engine, feed)
