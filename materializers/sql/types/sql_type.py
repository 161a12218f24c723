"""PostgreSQL's types: their names, and the properties that decide how values are stored.

A numeric is narrow or wide. Where its declaration proves that 38 digits suffice it is narrow, a
DECIMAL of `precision` and `scale`. Any other is WIDE: stored as PostgreSQL's text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

UNBOUNDED_SCALE = 12
QUOTIENT_SCALE = 24
"""Decimals of a narrow quotient: exact for quotients from 1e-7 to 1e14, else an error."""
DIGITS_MAX = 38

_INTEGERS = ("smallint", "integer", "bigint", "128-bit integer")
_FLOATS = ("real", "double precision")
_ORDERED = frozenset(
    {*_INTEGERS, *_FLOATS, "numeric", "boolean", "date", "time without time zone",
     "timestamp without time zone", "timestamp with time zone", "uuid", "bytea", "oid", "money"}
)  # fmt: skip
_TEXTS = ("text", "character varying", "character", "name", "unknown", "citext")
_COMPARED_OTHERWISE = frozenset(
    {"json", "jsonb", "xml", "record", "interval", "citext", "point", "line", "lseg", "box",
     "path", "polygon", "circle", "numrange", "nummultirange", "geometry", "geography"}
)  # fmt: skip
"""Types whose equal values may have different texts, or that have no equality."""
_OF_ONE_TEXT = frozenset(
    {"smallint", "integer", "bigint", "text", "character varying", "boolean", "date", "uuid"}
)
"""Types whose equal values have equal texts, so that arrays of them have too."""


class Outgrown(Exception):
    """A result may not fit the 38 digits of a narrow numeric, or not with the scale that PostgreSQL
    shows. The view is planned again with wide numerics."""


@dataclass(frozen=True, slots=True)
class SqlType:
    """`name`: PostgreSQL's (`bigint`, `numeric`, `text[]`, `record`; `unknown` for a bare literal).
    `precision`, `scale`: of a numeric's DECIMAL; for `character`, the precision is the length to
    which it is padded, 0 where that varies. `fields`: name and type of a record's columns.
    `is_stored_as_text`: stored as PostgreSQL's text. `is_padded`: a numeric that may show more
    trailing zeros than PostgreSQL. `labels`: of an enum, or of an array of enums, in order.
    `collation`: the name of a non-deterministic one, by which different texts may be equal; its
    values cannot be compared here. `dimensions`: the declared dimensions of an array, if several;
    it is stored as text."""

    name: str
    precision: int = 0
    scale: int = 0
    fields: tuple[tuple[str, SqlType], ...] = ()
    is_stored_as_text: bool = False
    is_padded: bool = False
    labels: tuple[str, ...] = ()
    collation: str = ""
    dimensions: int = 0

    @property
    def element(self) -> SqlType | None:
        """The type of an array's elements; None for other types."""
        if not self.name.endswith("[]"):
            return None
        if self.name == "numeric[]" and not self.precision:
            return WIDE
        if self.name == "interval[]":
            return INTERVAL_TEXT
        return replace(self, name=self.name[:-2], is_stored_as_text=False, dimensions=0)

    @property
    def is_wide(self) -> bool:
        """Whether it is a numeric of any size."""
        return self.name == "numeric" and self.is_stored_as_text

    @property
    def has_display_scale(self) -> bool:
        """Whether a numeric's display scale is known, so that its text is PostgreSQL's."""
        if self.is_padded:
            return False
        return self.precision < DIGITS_MAX or self.scale not in (UNBOUNDED_SCALE, QUOTIENT_SCALE)

    @property
    def is_integer(self) -> bool:
        return self.name in _INTEGERS

    @property
    def is_float(self) -> bool:
        return self.name in _FLOATS

    @property
    def is_number(self) -> bool:
        return self.name == "numeric" or self.is_integer or self.is_float

    @property
    def is_text(self) -> bool:
        return self.name in _TEXTS

    @property
    def is_comparable(self) -> bool:
        """Whether values are equal exactly where their storage is. `comparison_key.py` has keys for
        other types."""
        if self.collation:
            return False
        if (element := self.element) is not None and self.dimensions:
            return element.name in _OF_ONE_TEXT
        if element is not None:
            return element.is_comparable and not self.is_stored_as_text
        if self.name == "character":
            return self.precision > 0
        if self.name == "numeric":
            return not self.is_stored_as_text
        return self.name.rpartition(".")[2] not in _COMPARED_OTHERWISE

    @property
    def is_ordered(self) -> bool:
        """Whether the storage sorts as PostgreSQL does. Texts of enums, ranges and character(n) do
        not; `comparison_key.py` has keys for other types."""
        if (element := self.element) is not None:
            ordered = element.is_ordered and element.name != "character"
            return ordered and not self.is_stored_as_text
        return self.is_text or (self.name in _ORDERED and not self.is_stored_as_text)

    @property
    def is_json(self) -> bool:
        return self.name in ("json", "jsonb")

    @property
    def is_timestamp(self) -> bool:
        return self.name in ("timestamp without time zone", "timestamp with time zone")


BOOLEAN = SqlType("boolean")
INTEGER = SqlType("integer")
BIGINT = SqlType("bigint")
WIDE = SqlType("numeric", is_stored_as_text=True)
"""A numeric of any size, NaN and the infinities included, in PostgreSQL's text."""
WHOLE = SqlType("128-bit integer")
"""The stored type of sums of integers: wider than any of PostgreSQL's integers."""
BIG = SqlType("big integer")
"""An integer of any size, for parts of sums."""
DOUBLE = SqlType("double precision")
TEXT = SqlType("text")
CITEXT = SqlType("citext")
UNKNOWN = SqlType("unknown")
DATE = SqlType("date")
TIMESTAMP = SqlType("timestamp without time zone")
TIMESTAMPTZ = SqlType("timestamp with time zone")
INTERVAL = SqlType("interval")
INTERVAL_TEXT = SqlType("interval", is_stored_as_text=True)
"""An interval as rows store it: the envelope's text."""
TIME = SqlType("time without time zone")
BYTEA = SqlType("bytea")
JSON = SqlType("json")
JSONB = SqlType("jsonb")
JSONB_TEXT = SqlType("jsonb", is_stored_as_text=True)
"""jsonb in PostgreSQL's own text: equal values have equal texts, apart from trailing zeros. A plain
JSONB was built by the view, with its keys in the order in which they were written."""

_DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}


def numeric(precision: int, scale: int) -> SqlType:
    """A narrow numeric with `precision` digits, at most 38, of which `scale` are after the point.
    There is always one before the point: without it DuckDB writes `.5`."""
    return SqlType("numeric", min(max(precision, scale + 1), DIGITS_MAX), scale)


QUOTIENT = numeric(DIGITS_MAX, QUOTIENT_SCALE)
"""The type of a narrow quotient."""


def from_column(type_name: str, parameters: tuple[int, ...] = ()) -> SqlType:
    """The type of a captured column; see `Column`."""
    if type_name.removesuffix("[]") in ("character", "bpchar"):
        return SqlType(type_name, parameters[0] if parameters else 0)
    if type_name.removesuffix("[]") != "numeric":
        return SqlType(type_name, is_stored_as_text=type_name in ("jsonb", "interval"))
    wide = SqlType(type_name, is_stored_as_text=type_name == "numeric")
    if not parameters:
        return wide
    precision, scale = parameters
    digits = max(precision, scale) if scale >= 0 else precision - scale
    if digits > DIGITS_MAX:
        return wide
    return replace(numeric(digits, max(scale, 0)), name=type_name)


def array_of(element: SqlType) -> SqlType:
    """The array of such elements, stored as a list."""
    return replace(element, name=f"{element.name}[]", is_stored_as_text=False)


def widened_type(kind: SqlType) -> SqlType:
    """The type that a numeric, or the elements of an array of them, has without a declared
    precision; any other type as it is."""
    if kind.name == "numeric":
        return WIDE
    is_list = kind.name == "numeric[]" and not kind.dimensions
    return array_of(WIDE) if is_list else kind


def as_numeric(kind: SqlType) -> SqlType:
    """The numeric that holds all values of an integer type; another type as it is."""
    return kind if kind.name == "numeric" else numeric(_DIGITS.get(kind.name, DIGITS_MAX), 0)


def common(first: SqlType, second: SqlType) -> SqlType | None:
    """The type in which values of both types are compared; None where there is none."""
    if first == second:
        return first
    if (first.collation or second.collation) and first.is_text and second.is_text:
        return replace(TEXT, collation=first.collation or second.collation)
    if bool(first.dimensions) != bool(second.dimensions) and UNKNOWN not in (first, second):
        return None
    names = {first.name, second.name}
    if "character" in names and names <= {"character", "character varying"}:
        return SqlType("character")
    if second.name == "unknown":
        return TEXT if first.name == "character" else first
    if first.name == second.name and first.name in ("interval", "jsonb"):
        return INTERVAL if first.name == "interval" else JSONB
    if first.name == second.name and first.name not in ("numeric", "numeric[]"):
        return first
    if first.name == "unknown":
        return second
    one, two = first.element, second.element
    if one is not None and two is not None:
        element = common(one, two)
        return array_of(element) if element is not None else None
    if first.is_number and second.is_number:
        return _common_number(first, second)
    if first.is_text and second.is_text:
        return TEXT
    times = {first.name, second.name}
    if times <= {"date", TIMESTAMP.name, TIMESTAMPTZ.name}:
        return TIMESTAMPTZ if TIMESTAMPTZ.name in times else TIMESTAMP
    return None


def resulting(first: SqlType, second: SqlType) -> SqlType | None:
    """The result type of both in CASE, COALESCE, UNION and ARRAY; None where there is none. Of two
    text types it is the first, since each casts to the other implicitly; another number casts to
    real implicitly, a double does not (manual, "UNION, CASE, and Related Constructs")."""
    if bool(first.dimensions) != bool(second.dimensions) and UNKNOWN not in (first, second):
        return None
    if first.is_number and second.is_number:
        kind = common(first, second)
        is_real = "real" in (first.name, second.name) and DOUBLE not in (first, second)
        return SqlType("real") if is_real else kind
    one, two = first.element, second.element
    if one is not None and two is not None and first != second:
        element = resulting(one, two)
        return array_of(element) if element is not None else None
    if "character" not in (first.name, second.name) or not (first.is_text and second.is_text):
        return common(first, second)
    if first.name == "unknown" or second.name == "name":
        return _character(second) if first.name == "unknown" else second
    if first.name != "character":
        return first
    return first if first == second else _character(first)


def _character(kind: SqlType) -> SqlType:
    """A character(n) without its length; another type as it is."""
    return SqlType(kind.name) if kind.name == "character" else kind


def _common_number(first: SqlType, second: SqlType) -> SqlType:
    """The numeric type of both. Raises Outgrown where the scale to be shown is unknown."""
    if first.is_float or second.is_float:
        return first if first == second else DOUBLE
    if first.is_wide or second.is_wide:
        if not all(kind.has_display_scale for kind in (first, second) if kind.name == "numeric"):
            raise Outgrown
        return WIDE
    if first.is_integer and second.is_integer:
        return max(first, second, key=lambda kind: _INTEGERS.index(kind.name))
    first, second = as_numeric(first), as_numeric(second)
    scale = max(first.scale, second.scale)
    whole = max(first.precision - first.scale, second.precision - second.scale)
    is_padded = first.is_padded or second.is_padded or first.scale != second.scale
    return replace(numeric(whole + scale, scale), is_padded=is_padded)
