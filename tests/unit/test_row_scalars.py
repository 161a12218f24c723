"""Nodes compiled for the row engine: what is evaluated when, NULL, and trees of any depth."""

from __future__ import annotations

from itertools import product

import pytest

from materializers.engines.rows.failure import EvaluationError, Unsupported
from materializers.engines.rows.scalar import Row, compiled
from materializers.engines.rows.values import Value
from materializers.sql.types.expression import (
    Apply,
    Case,
    Cast,
    ColumnRef,
    Constant,
    Expression,
    Lambda,
    Parameter,
    boolean,
)
from materializers.sql.types.sql_type import BIGINT, BOOLEAN, INTEGER, TEXT, SqlType, array_of

ONE, ZERO = Constant("1", INTEGER), Constant("0", INTEGER)
NULL = Constant(None, INTEGER)
FAILS = Apply("/", (ONE, ZERO), INTEGER, False)
FAILS_TRUE = boolean("=", FAILS, ONE)
TRUE, FALSE = Constant("true", BOOLEAN), Constant("false", BOOLEAN)
MAYBE, SURE = ColumnRef("i", INTEGER), ColumnRef("j", INTEGER, False)
COLUMNS = ("i", "j")
ELEMENT = Parameter("element", INTEGER)
COMPARED = Lambda(ELEMENT, boolean("=", FAILS, ELEMENT))


def value_of(node: Expression, row: Row = (7, 3)) -> Value:
    (value,) = compiled([node], COLUMNS)(row)
    return value


def plus(one: Expression, two: Expression) -> Expression:
    return Apply("+", (one, two), BIGINT, one.nullable or two.nullable)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (Case((FALSE,), (FAILS,), ONE), 1),
        (Case((TRUE, FAILS_TRUE), (ONE, ZERO), FAILS), 1),
        (Case((Constant(None, BOOLEAN),), (FAILS,), ONE), 1),
        (Apply("coalesce", (ONE, FAILS), INTEGER, False), 1),
        (Apply("coalesce", (NULL, ONE, FAILS), INTEGER, False), 1),
        (boolean("and", FALSE, FAILS_TRUE), False),
        (boolean("or", TRUE, FAILS_TRUE), True),
        (boolean("and", boolean("=", MAYBE, SURE), FAILS_TRUE), False),
        (boolean("or", boolean(">", MAYBE, SURE), FAILS_TRUE), True),
    ],
)
def test_what_is_not_needed_is_not_evaluated(node: Expression, expected: Value) -> None:
    assert value_of(node) == expected


@pytest.mark.parametrize(
    "node",
    [
        Case((TRUE,), (FAILS,), ONE),
        Case((FAILS_TRUE,), (ONE,), ONE),
        Apply("coalesce", (NULL, FAILS), INTEGER, False),
        boolean("and", TRUE, FAILS_TRUE),
        boolean("and", Constant(None, BOOLEAN), FAILS_TRUE),
        boolean("or", Constant(None, BOOLEAN), FAILS_TRUE),
        # NULL beside it does not keep a strict function from evaluating its argument
        Apply("+", (NULL, FAILS), INTEGER),
        Apply("+", (MAYBE, FAILS), INTEGER),
        Apply("in", (MAYBE, NULL, FAILS), BOOLEAN),
        # What is compared with the elements is worked out where there are none
        Apply("any", (Constant("{}", array_of(INTEGER)), COMPARED), BOOLEAN),
    ],
)
def test_what_is_needed_fails(node: Expression) -> None:
    with pytest.raises(EvaluationError, match="division by zero"):
        value_of(node, (None, 3))


def test_and_or_not_of_three_truths() -> None:
    b, c = ColumnRef("i", BOOLEAN), ColumnRef("j", BOOLEAN)
    nodes = [boolean("and", b, c), boolean("or", b, c), boolean("not", b)]
    evaluate = compiled(nodes, COLUMNS)
    for row in product((True, False, None), repeat=2):
        both = False if False in row else None if None in row else True
        one = True if True in row else None if None in row else False
        assert evaluate(row) == (both, one, None if row[0] is None else not row[0])


def test_null_argument_is_null_without_a_call() -> None:
    node = Apply("length", (ColumnRef("i", TEXT),), INTEGER)
    assert value_of(node, (None, 3)) is None
    assert value_of(node, ("abc", 3)) == 3


def test_columns_are_found_by_name_and_rows_may_be_wider() -> None:
    evaluate = compiled([SURE, plus(SURE, SURE), MAYBE], ("x", "j", "y", "i"))
    assert evaluate(("no", 3, "no", None)) == (3, 6, None)
    assert compiled([], COLUMNS)((1, 2)) == ()


def test_a_node_without_a_meaning_is_told() -> None:
    with pytest.raises(Unsupported, match="no such function"):
        compiled([Apply("no such function", (), INTEGER)], ())


def test_braces_and_quotes_in_constants_are_text() -> None:
    text = "{0} {t} ' \" \\ \n } %s"
    assert value_of(Apply("||", (Constant(text, TEXT), Constant("{", TEXT)), TEXT)) == text + "{"


# depth


@pytest.mark.parametrize("count", [10, 5_000])
@pytest.mark.parametrize("column", [MAYBE, SURE])
def test_deep_sums(count: int, column: Expression) -> None:
    left, right = column, column
    for _ in range(count):
        left, right = plus(left, column), plus(column, right)
    row = (2, 2)
    assert compiled([left, right], COLUMNS)(row) == (2 * (count + 1),) * 2


def test_deep_case() -> None:
    nested: Expression = Constant("-1", INTEGER)
    for place in range(600):
        test = boolean("=", plus(MAYBE, Constant("0", INTEGER)), Constant(str(place), INTEGER))
        nested = Case((test,), (Constant(str(place * 2), INTEGER),), nested)
    evaluate = compiled([nested], COLUMNS)
    answers = [evaluate((i, 0))[0] for i in (0, 300, 599, 600, None)]
    assert answers == [0, 600, 1198, -1, -1]


def test_case_of_many_branches() -> None:
    places = range(1_000)
    for tested in (MAYBE, SURE):
        tests = tuple(boolean("=", tested, Constant(str(p), INTEGER)) for p in places)
        results = tuple(Constant(str(-p), INTEGER) for p in places)
        evaluate = compiled([Case(tests, results, ONE)], COLUMNS)
        assert [evaluate((i, i)) for i in (0, 500, 999, 1000)] == [(0,), (-500,), (-999,), (1,)]


def test_deep_coalesce_and_conditions() -> None:
    chain: Expression = MAYBE
    same, less = boolean("=", MAYBE, SURE), boolean("<", MAYBE, SURE)
    tests = same
    for _ in range(600):
        chain = Apply("coalesce", (NULL, chain), INTEGER)
        tests = boolean("or", boolean("and", tests, less), same)
    assert compiled([chain, tests], COLUMNS)((4, 4)) == (4, True)
    assert compiled([chain, tests], COLUMNS)((4, 5)) == (4, False)
    assert compiled([chain, tests], COLUMNS)((None, 5)) == (None, None)


def test_lambdas_read_columns_and_outer_parameters() -> None:
    element = Parameter("element", INTEGER, False)
    values = ColumnRef("i", array_of(INTEGER), False)
    inner = Case((boolean("=", SURE, element),), (Constant("0", INTEGER),), plus(element, SURE))
    other = Parameter("other", INTEGER, False)
    pairs = Apply("each", (values, Lambda(other, plus(other, element))), array_of(BIGINT), False)
    nodes = [
        Apply("each", (values, Lambda(element, inner)), array_of(BIGINT), False),
        Apply("each", (values, Lambda(element, pairs)), array_of(array_of(BIGINT)), False),
        Apply("any", (values, Lambda(element, boolean("=", element, SURE))), BOOLEAN),
    ]
    assert compiled(nodes, COLUMNS)(((1, 3), 3)) == ((4, 0), ((2, 4), (4, 6)), True)


def test_cast_out_of_range() -> None:
    with pytest.raises(EvaluationError, match="smallint out of range"):
        value_of(Cast(MAYBE, SqlType("smallint")), (40_000, 0))
