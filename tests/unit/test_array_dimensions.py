"""Arrays that are declared with several dimensions: constants as PostgreSQL writes them, and what
is refused over such columns."""

from pathlib import Path

import pytest

from cdc.contract.schemas import Column, TableSchema
from cdc.position import Lsn
from materializers.engines.duckdb.plan import Planning, make_plan
from materializers.errors import ViewError
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.types.array_shape import canonical_array
from materializers.sql.types.constant_text import InvalidInput
from materializers.view import ViewDefinition

GRIDS = TableSchema(
    "public.grids",
    (
        Column("id", "integer", 23, nullable=False),
        Column("a", "integer[]", 1007, dimensions=2),
        Column("plain", "integer[]", 1007),
    ),
    ("id",),
    Lsn(1),
)


@pytest.mark.parametrize(
    ("text", "element", "written"),
    [
        ("{}", "integer", "{}"),
        (" { {1, 02} ,{ -3,null} } ", "integer", "{{1,2},{-3,NULL}}"),
        ("[1:2]={1,2}", "integer", "{1,2}"),
        ("[0:1][5:5]={{1},{2}}", "integer", "[0:1][5:5]={{1},{2}}"),
        ('{{"a b",c},{"NULL", "x\\"y"}}', "text", '{{"a b",c},{"NULL","x\\"y"}}'),
    ],
)
def test_a_constant_is_what_postgresql_writes(text: str, element: str, written: str) -> None:
    assert canonical_array(text, element) == written


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("{{1},{2,3}}", "integer"), ("{1,{2}}", "integer"), ("{{1},2}", "integer"),
        ("{1", "integer"), ("{1}}", "integer"), ("{1,}", "integer"), ("{,1}", "integer"),
        ("[0:5]={1,2}", "integer"), ("{x}", "integer"), ("1", "integer"), ("{1.5}", "numeric"),
        ("{{{{{{{1}}}}}}}", "integer"), ("{{},{1}}", "integer"),
    ],
)  # fmt: skip
def test_what_is_no_such_array_is_refused(text: str, element: str) -> None:
    with pytest.raises(InvalidInput):
        canonical_array(text, element)


@pytest.mark.parametrize(
    "select",
    [
        "a['x']", "a || 1", "array_append(a, 1)", "a::text[]", "coalesce(a, plain)",
        "to_json(a)", "json_build_object('a', a)", "row_to_json(g)", "a < '{{1}}'",
        "array_sort(a)", "max(a)", "array_agg(a)", "ARRAY[a, ARRAY['x']]", "a || ARRAY['x']",
        "rank() OVER (PARTITION BY a)", "concat(a)", "a = '{{1},{2,3}}'", "array_length(a, 'x')",
        "'{{1},{2,3}}'::integer[]", "array_cat(a, 1)", "array_position(a, 1)", "array_remove(a, 1)",
    ],
)  # fmt: skip
def test_what_is_not_supported_over_them_is_refused_in_one_line(select: str) -> None:
    definition = ViewDefinition("v", f"SELECT {select} AS x FROM grids g", Path("v.sql"), 1)
    with pytest.raises(ViewError) as caught:
        make_plan(definition, {GRIDS.table: GRIDS}, ("x",), Planning(BUILT_IN))
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM grids ORDER BY a LIMIT 1",
        "SELECT a FROM grids INTERSECT SELECT plain FROM grids",
        "SELECT a FROM grids UNION SELECT plain FROM grids",
    ],
)
def test_nor_in_queries(sql: str) -> None:
    with pytest.raises(ViewError):
        make_plan(
            ViewDefinition("v", sql, Path("v.sql"), 1),
            {GRIDS.table: GRIDS},
            ("id",),
            Planning(BUILT_IN),
        )
