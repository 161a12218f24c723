"""How one PostgreSQL value is written in the envelope: its text output -> a JSON fragment.

Common types are written as Debezium writes them with `decimal.handling.mode=string`,
`time.precision.mode=isostring`, `interval.handling.mode=string`, `hstore.handling.mode=json` and
`binary.handling.mode=base64`; every other type is PostgreSQL's own text as a JSON string.

An encoder gets what pgoutput and COPY give for a value that is not null, un-escaped, in UTF-8,
under SESSION_SETTINGS; it never looks at a table, so one is made per column and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import orjson

from cdc.contract import values_binary, values_temporal
from cdc.contract.values_array import array_encoder

JsonEncoder = Callable[[bytes], bytes]

SESSION_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "client_encoding": "UTF8",
        "DateStyle": "ISO",
        "IntervalStyle": "iso_8601",
        "TimeZone": "UTC",
        "extra_float_digits": "3",
        "bytea_output": "hex",
        "xmloption": "content",
    }
)
"""What decides PostgreSQL's text output: every connection whose rows are encoded needs them."""


def identity(value: bytes) -> bytes:
    """PostgreSQL's text is the JSON already: compare with `is` and leave the call out."""
    return value


def text(value: bytes) -> bytes:
    """Any text as a JSON string."""
    return orjson.dumps(value.decode())


def plain(value: bytes) -> bytes:
    """Text of a type whose output never needs escaping (digits, letters, `-+:./`)."""
    return b'"%b"' % value


def boolean(value: bytes) -> bytes:
    """`t` and `f`."""
    return b"true" if value == b"t" else b"false"


def float_number(value: bytes) -> bytes:
    """A JSON number; NaN and the infinities, which JSON cannot hold, as strings."""
    return b'"%b"' % value if value[-1] in b"Ny" else value


# Built-in types by their fixed oid (pg_type.dat).
_BUILT_IN: dict[int, JsonEncoder] = {
    16: boolean,
    17: values_binary.bytea,
    20: identity,
    21: identity,
    23: identity,
    26: identity,
    700: float_number,
    701: float_number,
    790: text,
    1082: values_temporal.date,
    1083: values_temporal.time,
    1114: values_temporal.timestamp,
    1184: values_temporal.timestamptz,
    1186: values_temporal.interval,
    1266: values_temporal.timetz,
    1700: plain,
    2950: plain,
}

# Arrays of built-in types: the array's oid -> its element's.
_ELEMENT_OID: dict[int, int] = {
    1000: 16, 1001: 17, 1005: 21, 1007: 23, 1016: 20, 1028: 26, 1021: 700, 1022: 701,
    1115: 1114, 1182: 1082, 1183: 1083, 1185: 1184, 1187: 1186, 1231: 1700, 1270: 1266,
    2951: 2950, 1009: 25, 1014: 1042, 1015: 1043, 1003: 19, 199: 114, 3807: 3802,
}  # fmt: skip

_BOX_ARRAY_OID = 1020  # the one array whose elements are parted by semicolons


def json_encoder(type_oid: int, type_name: str, typmod: int = -1) -> JsonEncoder:
    """The encoder of a column.

    `type_oid`, `typmod` as in `pg_attribute`; `type_name` as `format_type(oid, NULL)` gives it. For
    a domain pass its base type (`pg_type.typbasetype`), for an array of domains the base's array.
    """
    if (built_in := _BUILT_IN.get(type_oid)) is not None:
        return built_in
    if type_oid in (1560, 1562):
        return text
    if type_name.endswith("[]") and type_oid != _BOX_ARRAY_OID:
        return array_encoder(json_encoder(_ELEMENT_OID.get(type_oid, 0), type_name[:-2], typmod))
    if type_oid >= 16384 and type_name.rpartition(".")[2] == "hstore":
        return values_binary.hstore
    return text
