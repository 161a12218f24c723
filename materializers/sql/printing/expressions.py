"""Expressions in PostgreSQL's words. Nodes that only say how a value is stored or compared are left
out: the text is for reading, not for running."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from materializers.sql.printing import said
from materializers.sql.printing.said import Names, Said
from materializers.sql.relations.nested import AnyRow, Exists, InRows, OnlyValue
from materializers.sql.types.expression import (
    Apply,
    Case,
    Cast,
    ColumnRef,
    Constant,
    Expression,
    Lambda,
    Parameter,
    text_literal,
)
from materializers.sql.types.sql_type import SqlType

_DEPTH_MAX = 30
_CHARACTERS_MAX = 400

_OPERATORS = {
    **dict.fromkeys(("=", "<>", "<", ">", "<=", ">="), said.COMPARISON),
    **dict.fromkeys(("IS DISTINCT FROM", "IS NOT DISTINCT FROM"), said.IS),
    **dict.fromkeys(("like", "ilike", "not like", "not ilike"), said.IN),
    **dict.fromkeys(("+", "-"), said.SUM),
    **dict.fromkeys(("*", "/", "%"), said.PRODUCT),
    **dict.fromkeys(("||", "->", "->>", "#>", "#>>", "#-", "?", "?|", "?&"), said.OTHER),
    **dict.fromkeys(("&", "|", "#", "<<", ">>", "~", "~*"), said.OTHER),
    **dict.fromkeys(("array &&", "array @>", "jsonb @>", "jsonb ||", "jsonb -"), said.OTHER),
    "^": said.POWER,
}
_TESTS = ("null", "not null", "true", "not true", "false", "not false")
_UNSEEN = frozenset(
    {
        "same", "finite", "output", "unpadded", "json key", "interval key",
        "interval behind its key", "only element", "object key", "unless json null", "filled up",
        "json", "microseconds", "microseconds of time", "numeric precision", "total interval",
        "deviation", "jsonb", "by rows", "numeric key", "trim scale", "grid elements",
        "grid of list",
    }
)  # fmt: skip
"""Functions that change only how a value is stored, compared or written."""
_CASTS = ("text", "input", "numeric of float", "time of moment", "interval of time")
_BOUNDED_CASTS = ("bpchar", "varchar", "moment precision")
_BARE = ("smallint", "integer", "bigint", "numeric", "128-bit integer", "text", "unknown")
_QUOTED = ("text", "unknown", "character varying", "character")


class Printer:
    """`names`: prints a column."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._depth = 0
        self._parameters: dict[str, Said] = {}

    def text(self, value: Expression, strength: int = said.OR) -> str:
        """The value's text; `strength`: of the operator whose operand it is, if any."""
        return self.said(value).within(strength)

    def listed(self, values: tuple[Expression, ...]) -> str:
        """Several values, separated by commas."""
        return ", ".join(map(self.text, values))

    def said(self, value: Expression) -> Said:
        """The value's text with its precedence; `…` where it is too long to read."""
        if self._depth >= _DEPTH_MAX:
            return Said("…")
        self._depth += 1
        try:
            printed = self._said(value)
        finally:
            self._depth -= 1
        return printed if len(printed.text) <= _CHARACTERS_MAX else Said("…")

    def _said(self, value: Expression) -> Said:
        if isinstance(value, ColumnRef):
            return self._names(value.column)
        if isinstance(value, Constant):
            return Said(_constant(value))
        if isinstance(value, Cast):
            return self._cast(value)
        if isinstance(value, Apply):
            return self._apply(value)
        if isinstance(value, Case):
            return Said(self._case(value))
        if isinstance(value, Parameter):
            return self._parameters.get(value.name, Said("element"))
        if isinstance(value, Lambda):
            return self.said(value.body)
        return self._nested(value)

    def test_of_array(self, value: Apply) -> Said:
        """A test of an array's elements, with `any (…)` or `all (…)` for the element."""
        array, test = value.arguments
        assert isinstance(test, Lambda), "elements are tested by a function"
        self._parameters[test.parameter.name] = Said(f"{value.name} ({self.text(array)})")
        return self.said(test.body)

    def _cast(self, value: Cast) -> Said:
        inner, target = value.value, value.type
        if isinstance(inner, Constant) and inner.text is None:
            return Said("null")
        return (
            self._as_type(inner, target.name) if _differ(inner.type, target) else self.said(inner)
        )

    def _as_type(self, value: Expression, name: str) -> Said:
        return Said(f"{self.text(value, said.CAST)}::{name}", said.CAST)

    def _case(self, value: Case) -> str:
        arms = " ".join(
            f"when {self.text(test)} then {self.text(result)}"
            for test, result in zip(value.tests, value.results, strict=True)
        )
        is_null = isinstance(value.default, Constant) and value.default.text is None
        other = "" if is_null else f" else {self.text(value.default)}"
        return f"case {arms}{other} end"

    def _nested(self, value: Expression) -> Said:
        if isinstance(value, Exists):
            return Said("exists (select …)")
        if isinstance(value, InRows):
            return Said(f"{self.text(value.value, said.IN)} in (select …)", said.IN)
        if isinstance(value, AnyRow):
            word = "all" if value.is_all else "any"
            return Said(f"{word} (select …): {self.text(value.test)}", said.OR)
        assert isinstance(value, OnlyValue), f"{type(value).__name__} has no words"
        return Said("(select …)")

    def _apply(self, value: Apply) -> Said:
        name, arguments = value.name, value.arguments
        if name in _UNSEEN and len(arguments) == 1:
            return self.said(arguments[0])
        if name in ("and", "or"):
            strength = said.AND if name == "and" else said.OR
            return Said(f" {name} ".join(self.text(e, strength) for e in arguments), strength)
        if name in _OPERATORS and len(arguments) + len(value.options) >= 2:
            return self._binary(value)
        if name in _CASTS:
            is_seen = _differ(arguments[0].type, value.type)
            return (
                self._as_type(arguments[0], value.type.name) if is_seen else self.said(arguments[0])
            )
        if name in _BOUNDED_CASTS:
            return self._as_type(arguments[0], f"{value.type.name}({value.options[0]})")
        if name.startswith("is ") and name[3:] in _TESTS:
            return Said(f"{self.text(arguments[0], said.IS)} {name}", said.IS)
        if name in _FORMS:
            return _FORMS[name](self, value)
        options = tuple(map(_option, value.options))
        return Said(f"{name}({', '.join((*map(self.text, arguments), *options))})")

    def _binary(self, value: Apply) -> Said:
        strength, sign = _OPERATORS[value.name], value.name.rpartition(" ")[2]
        if strength in (said.IS, said.IN):
            sign = value.name.lower()
        left, *rest = value.arguments
        if rest:
            right = self.text(rest[0], strength + 1)
        elif value.name in ("#>", "#>>", "#-"):
            right = text_literal(f"{{{','.join(map(str, value.options))}}}")
        else:
            right = _option(value.options[0])
        return Said(f"{self.text(left, strength)} {sign} {right}", strength)


def _differ(one: SqlType, two: SqlType) -> bool:
    """Whether a reader would write a cast between them."""
    alike = (one.is_number and two.is_number) or (one.is_text and two.is_text)
    return one.name != two.name and not alike


def _constant(value: Constant) -> str:
    if value.text is None:
        return "null"
    name = value.type.name
    if name == "boolean":
        return "true" if value.text.lower() in ("t", "true", "yes", "on", "1") else "false"
    if name in _QUOTED:
        return text_literal(value.text)
    return value.text if name in _BARE else f"{text_literal(value.text)}::{name}"


def _option(value: str | int) -> str:
    return str(value) if isinstance(value, int) else text_literal(value)


def _not(printer: Printer, value: Apply) -> Said:
    return Said(f"not {printer.text(value.arguments[0], said.NOT)}", said.NOT)


def _prefix(sign: str, printer: Printer, value: Apply) -> Said:
    return Said(f"{sign}{printer.text(value.arguments[0], said.POWER)}", said.POWER)


def _in(printer: Printer, value: Apply) -> Said:
    tested, *members = value.arguments
    return Said(f"{printer.text(tested, said.IN)} in ({printer.listed(tuple(members))})", said.IN)


def _each(printer: Printer, value: Apply) -> Said:
    return Said(f"each of {printer.text(value.arguments[0])}: {printer.text(value.arguments[1])}")


def _subscript(printer: Printer, value: Apply) -> Said:
    array, *places = value.arguments
    return Said(f"{printer.text(array, said.ATOM)}[{':'.join(map(printer.text, places))}]")


def _grid_subscript(printer: Printer, value: Apply) -> Said:
    array, *places = map(printer.text, value.arguments)
    if not value.options:
        return Said(array + "".join(f"[{place}]" for place in places))
    given = iter(places)
    bounds = [
        [next(given) if which in str(option) else "" for which in "lh"] for option in value.options
    ]
    return Said(array + "".join(f"[{low}:{high}]" for low, high in bounds))


def _grid_cat(printer: Printer, value: Apply) -> Said:
    return Said(" || ".join(printer.text(e, said.OTHER) for e in value.arguments), said.OTHER)


def _grid_size(printer: Printer, value: Apply) -> Said:
    return Said(f"{value.options[0]}({printer.listed(value.arguments)})")


def _extract(printer: Printer, value: Apply) -> Said:
    return Said(f"extract({value.options[0]} from {printer.text(value.arguments[0])})")


def _unit_first(printer: Printer, value: Apply) -> Said:
    listed = (*map(_option, value.options), *map(printer.text, value.arguments))
    return Said(f"{value.name}({', '.join(listed)})")


def _at_zone(printer: Printer, value: Apply) -> Said:
    zones = (*map(_option, value.options), *(printer.text(e, said.CAST) for e in value.arguments))
    zone, moment = zones[0], zones[-1]
    return Said(f"{moment} at time zone {zone}", said.POWER)


def _to_char(printer: Printer, value: Apply) -> Said:
    pattern = "".join(str(option).removeprefix("'") for option in value.options)
    return Said(f"to_char({printer.listed(value.arguments)}, {text_literal(pattern)})")


def _of_object(printer: Printer, value: Apply) -> Said:
    return printer.said(value.arguments[-1])


def _listed(before: str, after: str, printer: Printer, value: Apply) -> Said:
    return Said(f"{before}{printer.listed(value.arguments)}{after}")


_FORMS: dict[str, Callable[[Printer, Apply], Said]] = {
    "not": _not,
    "-": partial(_prefix, "-"),
    "+": partial(_prefix, "+"),
    "bitwise not": partial(_prefix, "~"),
    "in": _in,
    "any": Printer.test_of_array,
    "all": Printer.test_of_array,
    "each": _each,
    "subscript": _subscript,
    "slice": _subscript,
    "grid subscript": _grid_subscript,
    "grid slice": _grid_subscript,
    "grid size": _grid_size,
    "grid subscripts": lambda p, value: Said(f"generate_subscripts({p.listed(value.arguments)})"),
    "grid cat": _grid_cat,
    "grid of": lambda p, value: Said(f"array[{p.listed(value.arguments)}]"),
    "extract": _extract,
    "date_part": _unit_first,
    "date_trunc": _unit_first,
    "timezone": _at_zone,
    "to_char": _to_char,
    "of object": _of_object,
    "array": partial(_listed, "array[", "]"),
    "record": partial(_listed, "row(", ")"),
    "overlaps": partial(_listed, "overlaps(", ")"),
}
