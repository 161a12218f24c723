"""The type that PostgreSQL and the planner give to an expression over columns of every type, or
their refusal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.plan import whole_view
from materializers.sql.planned import Context
from materializers.sql.planner import Planner
from materializers.sql.rules.rules import parsed
from materializers.sql.select import SelectPlanner
from materializers.view import ViewDefinition
from tests.views.source import Connection, Source

KINDS = (
    "smallint", "integer", "bigint", "numeric", "real", "double precision", "boolean", "text",
    "varchar(5)", "char(4)", "date", "time", "timestamp", "timestamptz", "interval", "json",
    "jsonb", "uuid", "bytea", "integer[]", "bigint[]", "text[]",
)  # fmt: skip
CONSTANTS = ("NULL", "'1'", "'a'", "1")
ASKED = """
CREATE FUNCTION asked(expressions text[], condition text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE expression text; found text; BEGIN
  FOREACH expression IN ARRAY expressions LOOP
    BEGIN
      EXECUTE 'SELECT pg_typeof(CASE WHEN random() < 0 THEN ' || expression
        || ' END)::text FROM kinds WHERE ' || condition INTO found;
      RETURN NEXT found;
    EXCEPTION WHEN OTHERS THEN RETURN NEXT '#' || SQLERRM; END;
  END LOOP;
END $$
"""
"""A function that tells the type of each expression, or behind a # why it has none. None is worked
out; an aggregate is over no rows."""
_ALIKE = {"character varying": "text", "name": "text", "character varying[]": "text[]",
          "character[]": "text[]"}  # fmt: skip
"""Types of which the planner knows one."""
Difference = tuple[str, str, str]
"""An expression, and its type in PostgreSQL and in the planner; # and why where there is none."""


def column(kind: str) -> str:
    """The column of a type."""
    return "c_" + re.sub(r"\W+", "_", kind)


class TypesAsked:
    """A table of one row of NULLs, in PostgreSQL and as the planner sees it."""

    def __init__(self, connection: Connection) -> None:
        columns = ", ".join(f"{column(kind)} {kind}" for kind in KINDS)
        connection.execute(f"CREATE TABLE kinds (id integer PRIMARY KEY, {columns})".encode())
        connection.execute("INSERT INTO kinds (id) VALUES (1)")
        connection.execute(ASKED)
        self.connection = connection
        self.schemas = Source(connection, ["kinds"]).feed.schemas

    def differences(
        self, expressions: Sequence[str], condition: str = "true"
    ) -> Iterator[Difference]:
        """The expressions to which both give another type."""
        yield from self._compared(expressions, map(self._planned, expressions), condition)

    def differing_pairs(self, written: str) -> Iterator[Difference]:
        """The pairs of types for which an operator or a function of two, written over the names
        `one` and `two`, is another in both. It is parsed once."""
        view = ViewDefinition("v", f"SELECT {written} AS v FROM kinds", Path("v.sql"), 1)
        planner = Planner(view, self.schemas, BUILT_IN)
        query = parsed(planner.source, BUILT_IN)
        assert isinstance(query, exp.Select)
        select = SelectPlanner(planner, query, Context(True))
        select.sources()
        call = query.expressions[0].this

        def planned(pair: tuple[str, str]) -> str:
            named = dict(zip(("one", "two"), map(column, pair), strict=True))

            def other(node: exp.Expr) -> exp.Expr:
                return exp.column(named[node.name]) if isinstance(node, exp.Column) else node

            try:
                return select.translate(call.copy().transform(other)).type.name
            except ViewError as error:
                return f"#{error}"

        pairs = list(product(KINDS, KINDS))
        template = re.sub(r"\btwo\b", "{1}", re.sub(r"\bone\b", "{0}", written))
        expressions = [template.format(*map(column, pair)) for pair in pairs]
        yield from self._compared(expressions, map(planned, pairs), "true")

    def takes_two(self, name: str) -> bool:
        """Whether PostgreSQL has a function of that name with two arguments, or with any number."""
        sql = "SELECT bool_or(pronargs = 2 OR provariadic <> 0) FROM pg_proc WHERE proname = %s"
        row = self.connection.execute(sql, [name]).fetchone()
        return row is not None and row[0] is not False

    def _compared(
        self, expressions: Sequence[str], answers: Iterable[str], condition: str
    ) -> Iterator[Difference]:
        asked = [list(expressions), condition]
        rows = self.connection.execute("SELECT * FROM asked(%s, %s)", asked).fetchall()
        found = [row[0] for row in rows]
        for expression, expected, planned in zip(expressions, found, answers, strict=True):
            is_refused = expected.startswith("#") and planned.startswith("#")
            if not is_refused and _ALIKE.get(expected, expected) != _ALIKE.get(planned, planned):
                yield expression, expected, planned

    def _planned(self, expression: str) -> str:
        view = ViewDefinition("v", f"SELECT {expression} AS v FROM kinds", Path("v.sql"), 1)
        try:
            return whole_view(view, self.schemas, BUILT_IN).columns[0].type.name
        except ViewError as error:
            return f"#{error}"
