"""The frame of `views/*.sql`: statements, names, options, and where a fault is."""

from pathlib import Path

import pytest

from materializers.project.ddl import Definitions, parse_definitions

FILE = Path("views/v.sql")


def parse(text: str) -> Definitions:
    return parse_definitions(FILE, text)


def test_statements_comments_and_quoted_names() -> None:
    found = parse(
        "-- a view; with a semicolon\n"
        'CREATE MATERIALIZED VIEW "Two Words" AS\n'
        "SELECT 'a;b' AS x, $$;$$ AS y /* ; */ FROM t -- end;\n;\n"
        "create materialized view Lower as (SELECT 1);\n"
        "CREATE SINK s FROM \"Two Words\" WITH (connection = 'c', ttl = 'it''s', "
        'n = 3, "a.b" = true, c.d = 1)\n'
    )
    assert not found.problems
    assert [view.name for view in found.views] == ["Two Words", "lower"]
    assert found.views[0].sql == "SELECT 'a;b' AS x, $$;$$ AS y /* ; */ FROM t"
    assert found.views[0].line == 3
    assert found.views[1].sql == "(SELECT 1)"
    (sink,) = found.sinks
    assert (sink.name, sink.view, sink.connection, sink.line) == ("s", "Two Words", "c", 6)
    assert sink.options == {"ttl": "it's", "n": "3", "a.b": "true", "c.d": "1"}


@pytest.mark.parametrize(
    ("text", "message", "underlined"),
    [
        ("CREATE VIEW v AS SELECT 1;", ":1:8: a plain view has no rows of its own", "VIEW"),
        ("CREATE SNK s FROM v;", "'SNK' cannot be created here. Fix: write SINK", "SNK"),
        ("SELECT 1;", "expected CREATE, found 'SELECT'", "SELECT"),
        ("CREATE MATERIALIZED VIEW v AS\n  DELETE FROM t;", ":2:3: a view is a SELECT", "DELETE"),
        ("CREATE MATERIALIZED VIEW a.b AS SELECT 1;", ":1:27: the name of a view", "."),
        ("CREATE SINK s FROM v WITH (key = 'k');", "names no connection", "WITH"),
        ("CREATE SINK s FROM v WITH (a = 'b' c = 'd');", "expected a comma or )", "c"),
        ("CREATE SINK s FROM v WITH (a = b);", "a needs a value in quotes", "b"),
        ("CREATE SINK s FROM v WITH (a = 'b', a = 'c');", "a is given twice", "a"),
        ("CREATE SINK s FROM v WITH (connection = 'c'", "the statement ends here", "'c'"),
        ("CREATE SINK s FROM v WITH (connection = 'c') x;", "nothing is expected here", "x"),
    ],
)
def test_a_fault_is_underlined_in_its_line(text: str, message: str, underlined: str) -> None:
    (problem,) = parse(text).problems
    assert message in str(problem)
    assert problem.fix
    line, marks = problem.excerpt.split("\n")
    assert line[marks.index("^") : marks.rindex("^") + 1] == underlined


def test_an_open_quote_is_found() -> None:
    (problem,) = parse("CREATE MATERIALIZED VIEW v AS\nSELECT 'abc FROM t;\n").problems
    assert "views/v.sql:2:8: " in problem.message


def test_one_wrong_statement_hides_no_other() -> None:
    found = parse("CREATE VIEW a AS SELECT 1; CREATE MATERIALIZED VIEW b AS SELECT 1; x")
    assert [view.name for view in found.views] == ["b"]
    assert len(found.problems) == 2
