"""Each rewrite rule: its result, its refusals and their places."""

from functools import partial
from pathlib import Path

import pytest
from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.dialect import Dialect, parse
from materializers.sql.place import Source
from materializers.sql.rules.array_queries import array_queries
from materializers.sql.rules.exists_lists import exists_lists
from materializers.sql.rules.folded_names import folded_names
from materializers.sql.rules.group_positions import group_positions
from materializers.sql.rules.keyword_case import keyword_case
from materializers.sql.rules.limits import limits
from materializers.sql.rules.named_windows import named_windows
from materializers.sql.rules.needless_lateral import needless_lateral
from materializers.sql.rules.parentheses import parentheses
from materializers.sql.rules.query_arguments import query_arguments
from materializers.sql.rules.rule import Rule
from materializers.sql.rules.rules import rewritten, rules_of

RULES = rules_of(BUILT_IN)
(set_functions,) = (rule for rule in RULES if isinstance(rule, partial))

CASES: list[tuple[Rule, str, str]] = [
    (
        keyword_case,
        "SELECT sum(a) over (rows between 1 preceding and current row) FROM a left join b on true",
        "SELECT SUM(a) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM a LEFT JOIN b ON TRUE",
    ),
    (
        folded_names,
        'SELECT Aa.ID, "Aa"."ID", NÄ AS Total FROM Orders AS AA JOIN B USING (K)',
        'SELECT aa.id, "Aa"."ID", nÄ AS total FROM orders AS aa JOIN b USING (k)',
    ),
    (
        parentheses,
        "(SELECT k FROM a) ORDER BY k LIMIT 1",
        "(SELECT k FROM a ORDER BY k LIMIT 1)",
    ),
    (
        parentheses,
        "SELECT 1 WHERE 2 IN (((SELECT k FROM a ORDER BY k)) LIMIT 1)",
        "SELECT 1 WHERE 2 IN (SELECT k FROM a ORDER BY k LIMIT 1)",
    ),
    (
        parentheses,
        "SELECT 1 FROM ((SELECT k FROM a) OFFSET 2) AS q, ((a CROSS JOIN b) CROSS JOIN c)",
        "SELECT 1 FROM (SELECT k FROM a OFFSET 2) AS q, ((a CROSS JOIN b) CROSS JOIN c)",
    ),
    (
        parentheses,
        "((SELECT 1) UNION (SELECT 2 LIMIT 1)) LIMIT 1",
        "((SELECT 1) UNION (SELECT 2 LIMIT 1) LIMIT 1)",
    ),
    (
        query_arguments,
        "SELECT EXISTS((SELECT 1) LIMIT 1), EXISTS(TABLE a), other((SELECT 1))",
        "SELECT EXISTS((SELECT 1) LIMIT 1), EXISTS(SELECT * FROM a), other((SELECT 1))",
    ),
    (
        query_arguments,
        "SELECT 1 IN (VALUES (1), (2)), 1 IN (2, 3)",
        "SELECT 1 IN (VALUES (1), (2)), 1 IN (2, 3)",
    ),
    (
        exists_lists,
        "SELECT * FROM a WHERE EXISTS (SELECT FROM a) AND EXISTS (SELECT * FROM b LIMIT 1)"
        " AND EXISTS (SELECT DISTINCT * FROM b) AND EXISTS (SELECT k FROM b)",
        "SELECT * FROM a WHERE EXISTS (SELECT 1 FROM a) AND EXISTS (SELECT 1 FROM b LIMIT 1)"
        " AND EXISTS (SELECT DISTINCT * FROM b) AND EXISTS (SELECT k FROM b)",
    ),
    (limits, "SELECT 1 FETCH FIRST ROW ONLY", "SELECT 1 LIMIT 1"),
    (limits, "SELECT 1 OFFSET 2 FETCH NEXT 3 ROWS ONLY", "SELECT 1 LIMIT 3 OFFSET 2"),
    (limits, "SELECT 1 LIMIT ALL OFFSET 0", "SELECT 1"),
    (limits, "SELECT 1 LIMIT (SELECT (2)) OFFSET NULL", "SELECT 1 LIMIT 2"),
    (limits, "SELECT 1 LIMIT (SELECT 2 FROM a)", "SELECT 1 LIMIT (SELECT 2 FROM a)"),
    (
        limits,
        "SELECT 1 ORDER BY 1 FETCH FIRST 2 ROWS WITH TIES",
        "SELECT 1 ORDER BY 1 FETCH FIRST 2 ROWS WITH TIES",
    ),
    (
        named_windows,
        "SELECT sum(x) OVER w, (SELECT rank() OVER w FROM b WINDOW w AS (ORDER BY y)) FROM a"
        " WINDOW w AS (PARTITION BY k ROWS 1 PRECEDING)",
        "SELECT SUM(x) OVER (PARTITION BY k ROWS 1 PRECEDING),"
        " (SELECT rank() OVER (ORDER BY y) FROM b) FROM a",
    ),
    (
        named_windows,
        "SELECT sum(x) OVER (v ROWS 1 PRECEDING) FROM a"
        " WINDOW w AS (PARTITION BY k), v AS (w ORDER BY j)",
        "SELECT SUM(x) OVER (PARTITION BY k ORDER BY j ROWS 1 PRECEDING) FROM a",
    ),
    (
        needless_lateral,
        "SELECT 1 FROM a FULL JOIN LATERAL (SELECT 2) AS q(n) ON TRUE, LATERAL (SELECT 3) AS r",
        "SELECT 1 FROM a FULL JOIN (SELECT 2) AS q(n) ON TRUE, LATERAL (SELECT 3) AS r",
    ),
    (
        array_queries,
        "SELECT ARRAY(SELECT k AS j FROM a WHERE i ORDER BY j, 1 DESC), ARRAY(SELECT 1), ARRAY[k]",
        "SELECT (SELECT coalesce(array_agg(k ORDER BY k, k DESC), '{}') FROM a WHERE i),"
        " (SELECT coalesce(array_agg(1), '{}')), ARRAY[k]",
    ),
    (
        set_functions,
        "SELECT k, unnest(t) AS tag, count(*) FROM a GROUP BY k, tag",
        'SELECT k, "#sets"."c0" AS tag, COUNT(*) FROM a, ROWS FROM (unnest(t)) AS "#sets"("c0")'
        " GROUP BY k, tag",
    ),
    (
        set_functions,
        "SELECT unnest(t), json_each(j) -> 1, (SELECT unnest(t)) ORDER BY unnest(t)",
        'SELECT "#sets"."c0" AS "unnest", "#sets"."c1" -> 1, (SELECT "#sets"."c0" AS "unnest" FROM'
        ' ROWS FROM (unnest(t)) AS "#sets"("c0")) FROM ROWS FROM (unnest(t), json_each(j))'
        ' AS "#sets"("c0", "c1") ORDER BY "#sets"."c0"',
    ),
    (
        group_positions,
        "SELECT k + 1 AS m, j, count(*) FROM a GROUP BY 1, ROLLUP (2, (1))",
        "SELECT k + 1 AS m, j, COUNT(*) FROM a GROUP BY k + 1, ROLLUP (j, (k + 1))",
    ),
]
REFUSED: list[tuple[str, str, str]] = [
    ("(SELECT 1 LIMIT 2) LIMIT 1", "multiple LIMIT clauses not allowed", "1"),
    ("SELECT sum(x) OVER w FROM a", 'window "w" does not exist', "sum"),
    (
        "SELECT sum(x) OVER (w ORDER BY j) FROM a WINDOW w AS (ORDER BY k)",
        'cannot override ORDER BY clause of window "w"',
        "sum",
    ),
    (
        "SELECT sum(x) OVER (w ORDER BY j) FROM a WINDOW w AS (ROWS 1 PRECEDING)",
        'cannot copy window "w" because it has a frame clause',
        "sum",
    ),
    (
        "SELECT 1 FROM a WINDOW w AS (ORDER BY k), w AS (ORDER BY j)",
        'window "w" is already defined',
        "w",
    ),
    ("SELECT ARRAY(SELECT i, k FROM a)", "must return only one column", "ARRAY"),
    ("SELECT ARRAY(SELECT k FROM a LIMIT 1)", "more than WHERE and ORDER BY", "ARRAY"),
    ("SELECT CASE WHEN k THEN unnest(t) END FROM a", "are not allowed in CASE", "unnest"),
    ("SELECT unnest(array_agg(k)) FROM a", "after GROUP BY belongs in an outer query", "unnest"),
    ("SELECT max(unnest(t)) FROM a", "are not allowed in MAX", "unnest"),
    ("SELECT k FROM a GROUP BY 2", "GROUP BY position 2 is not in select list", "2"),
    ("SELECT k FROM a GROUP BY 'k'", "non-integer constant in GROUP BY", "'k'"),
]


def source_of(sql: str) -> Source:
    return Source("v", sql, Path("v.sql"), 1)


def rewritten_text(sql: str, *rules: Rule) -> str:
    source = source_of(sql)
    return _written(rewritten(parse(source), source, rules).sql(dialect=Dialect))


def _written(sql: str) -> str:
    """As sqlglot writes it, keywords and functions in one case."""
    return parse(source_of(sql)).sql(dialect=Dialect, normalize_functions="lower")


@pytest.mark.parametrize(("rule", "sql", "expected"), CASES)
def test_a_rule_rewrites(rule: Rule, sql: str, expected: str) -> None:
    assert rewritten_text(sql, rule) == _written(expected)


def test_every_rule_is_tested() -> None:
    assert {rule for rule, _, _ in CASES} == set(RULES)


@pytest.mark.parametrize(("rule", "sql", "expected"), CASES)
def test_the_rules_leave_what_they_made(rule: Rule, sql: str, expected: str) -> None:
    once = rewritten_text(sql, *RULES)
    assert rewritten_text(once, *RULES) == once


@pytest.mark.parametrize(("sql", "message", "place"), REFUSED)
def test_what_is_refused_is_underlined(sql: str, message: str, place: str) -> None:
    source = source_of(sql)
    with pytest.raises(ViewError) as caught:
        rewritten(parse(source), source, RULES)
    assert message in str(caught.value)
    text, mark = caught.value.excerpt.split("\n")
    start = mark.index("^")
    assert text[start:].startswith(place)


def test_names_keep_their_place() -> None:
    sql = "(SELECT sum(nope) OVER w FROM a WINDOW w AS (ORDER BY k)) LIMIT 1"
    source = source_of(sql)
    query = rewritten(parse(source), source, RULES)
    column = query.find(exp.Column)
    assert column is not None
    assert sql[column.this.meta["start"] :].startswith("nope")
