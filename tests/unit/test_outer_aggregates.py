"""An aggregate of the outer query is refused in a nested SELECT where the outer query can have
none."""

from pathlib import Path

import pytest

from materializers.errors import ViewError
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.plan import plan_view
from materializers.view import ViewDefinition
from tests.views.feed import table_schema

COLUMNS = [("id", "integer"), ("note", "text"), ("amount", "numeric(12,2)")]
SCHEMAS = {
    "public.orders": table_schema("public.orders", COLUMNS, ["id"]),
    "public.customers": table_schema("public.customers", [("id", "integer")], ["id"]),
}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT id FROM orders o WHERE EXISTS (SELECT 1 FROM customers c WHERE c.id = max(o.id))",
         "aggregate functions are not allowed in WHERE"),
        ("SELECT o.id, m FROM orders o, LATERAL (SELECT max(o.id) AS m) l",
         "aggregate functions are not allowed in the FROM clause of their own query"),
        ("SELECT (SELECT max(amount) FROM customers) AS m, note FROM orders",
         'column "note" must appear in the GROUP BY clause'),
        ("SELECT o.id, (SELECT sum(max(o.id)) FROM customers) AS m FROM orders o GROUP BY o.id",
         "aggregate function calls cannot be nested"),
    ],
)  # fmt: skip
def test_it_is_refused(sql: str, expected: str) -> None:
    with pytest.raises(ViewError) as caught:
        plan_view(ViewDefinition("v", sql, Path("v.sql"), 1), SCHEMAS, None, BUILT_IN)
    assert expected in caught.value.message
