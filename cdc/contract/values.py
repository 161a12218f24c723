"""Converts a PostgreSQL value's text output to the JSON of the envelope.

Common types are written as Debezium does with `decimal.handling.mode=string`,
`time.precision.mode=isostring`, `interval.handling.mode=string`, `hstore.handling.mode=json` and
`binary.handling.mode=base64`; every other type is PostgreSQL's text as a JSON string.

| type | JSON | where Debezium differs, because it loses the value |
|---|---|---|
| boolean, bit(1) | boolean | |
| smallint, integer, bigint, oid | number | |
| real, double precision | number, NaN and infinities as string | |
| numeric, money | string | `numeric(3,-2)`: 2,046 zeros behind the point |
| text, varchar, char, name, uuid, json, jsonb, xml, inet, enums, ranges, … | string | |
| bytea, bit(n) | base64 | |
| bit varying | string of 0 and 1 | base64, which drops the length |
| date, timestamp | ISO 8601 with `Z` | infinity becomes a date; in a snapshot BC becomes AD |
| timestamptz | ISO 8601 in UTC, fraction filled up | |
| time | ISO 8601 with `Z` | 24:00:00 becomes 00:00:00 |
| timetz | ISO 8601 with its offset | shifted to UTC, the offset dropped; seconds of one fail |
| interval | `P1Y2M3DT4H5M6.7S`, all fields | infinity becomes zero |
| point | object of x, y, wkb, srid | |
| hstore | string that holds a JSON object | |
| array declared with several dimensions | PostgreSQL's text | inner arrays garbled |
| array of one dimension from 1 | JSON array | an enum's, domain's or NaN's array becomes null |
| any other array | PostgreSQL's text | bounds are dropped, inner arrays garbled |
| composite, geometric, multirange, tsquery, … | PostgreSQL's text | its base64 or nothing |

An encoder takes the non-NULL value that pgoutput and COPY give under SESSION_SETTINGS: unescaped,
UTF-8. It knows no table; a table keeps one for each column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import orjson

from cdc.contract import values_binary, values_temporal
from cdc.contract.values_array import array_encoder
from cdc.contract.values_number import floating, identity, money, numeric

__all__ = ["SESSION_SETTINGS", "JsonEncoder", "identity", "json_encoder", "text"]

JsonEncoder = Callable[[bytes], bytes]

SESSION_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "client_encoding": "UTF8",
        "DateStyle": "ISO",
        "IntervalStyle": "iso_8601",
        "TimeZone": "UTC",
        "extra_float_digits": "3",
        "bytea_output": "hex",
    }
)
"""Settings that decide PostgreSQL's text output. Every connection that reads rows has them."""

# FirstNormalObjectId of transam.h: smaller oids are the same in every database.
_FIRST_EXTENSION_OID = 16384


def text(value: bytes) -> bytes:
    """Any text as a JSON string."""
    return orjson.dumps(value.decode())


def plain(value: bytes) -> bytes:
    """Text of a type whose output never needs escaping, as a JSON string."""
    return b'"%b"' % value


def boolean(value: bytes) -> bytes:
    """`t` and `f` as true and false."""
    return b"true" if value == b"t" else b"false"


# By the fixed oids of pg_type.dat; other types are text.
_BUILT_IN: Mapping[int, JsonEncoder] = {
    16: boolean,
    17: values_binary.bytea,
    20: identity,
    21: identity,
    23: identity,
    26: identity,
    600: values_binary.point,
    700: floating,
    701: floating,
    790: money,
    1082: values_temporal.date,
    1083: values_temporal.time,
    1114: values_temporal.timestamp,
    1186: values_temporal.interval,
    1266: values_temporal.timetz,
    1562: plain,
    1700: numeric,
    2950: plain,
}
_BIT_OID = 1560
_TIMESTAMPTZ_OID = 1184

# An array's oid -> its element's, for the types above.
_ELEMENT_OID: Mapping[int, int] = {
    1000: 16, 1001: 17, 1016: 20, 1005: 21, 1007: 23, 1028: 26, 1017: 600, 1021: 700, 1022: 701,
    791: 790, 1182: 1082, 1183: 1083, 1115: 1114, 1185: 1184, 1187: 1186, 1270: 1266, 1561: 1560,
    1563: 1562, 1231: 1700, 2951: 2950,
}  # fmt: skip
# Arrays whose elements are not separated by commas (pg_type.typdelim): box, and PostGIS's.
_OTHER_DELIMITER = ("box[]", "geometry[]", "geography[]")


def json_encoder(type_oid: int, type_name: str, typmod: int = -1) -> JsonEncoder:
    """The encoder of a column.

    `type_oid`, `typmod`: as in `pg_attribute`; `type_name`: from `format_type(oid, NULL)`. Pass the
    base type of a domain (`pg_type.typbasetype`, `typtypmod`, recursively), and the base type's
    array of an array of a domain.
    """
    bare_name = type_name.rpartition(".")[2]
    if type_name.endswith("[]") and bare_name not in _OTHER_DELIMITER:
        element_oid = _ELEMENT_OID.get(type_oid, type_oid)
        return array_encoder(json_encoder(element_oid, type_name[:-2], typmod))
    if type_oid == _TIMESTAMPTZ_OID:
        return values_temporal.timestamptz_encoder(typmod)
    if type_oid == _BIT_OID:
        return values_binary.bit if typmod == 1 else values_binary.bits
    if type_oid >= _FIRST_EXTENSION_OID and bare_name == "hstore":
        return values_binary.hstore
    return _BUILT_IN.get(type_oid, text)
