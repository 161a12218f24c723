"""Views, rows and steps for the sinks' contract."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from materializers.sinks.sink import Sink
from materializers.step import Step
from materializers.view import ViewColumn, ViewSchema

Row = Mapping[str, Any]

ARROW_TYPES = {
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "numeric": pa.decimal128(38, 10),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "text": pa.string(),
    "character varying(80)": pa.string(),
    "uuid": pa.string(),
    "date": pa.date32(),
    "time without time zone": pa.time64("us"),
    "timestamp without time zone": pa.timestamp("us"),
    "timestamp with time zone": pa.timestamp("us", tz="UTC"),
    "jsonb": pa.string(),
    "json": pa.string(),
    "bytea": pa.binary(),
    "inet": pa.string(),
    "character": pa.string(),
    "bit": pa.string(),
    "interval": pa.string(),
    "time with time zone": pa.string(),
    "int4range": pa.string(),
    "money": pa.decimal128(19, 2),
    "shop.mood": pa.string(),
    "text[]": pa.list_(pa.string()),
    "numeric[]": pa.list_(pa.decimal128(20, 3)),
    "timestamp with time zone[]": pa.list_(pa.timestamp("us", tz="UTC")),
    "interval[]": pa.list_(pa.string()),
}


def view(name: str, key: Sequence[str], /, **columns: str) -> ViewSchema:
    """A view's schema; `columns` are names and PostgreSQL types."""
    made = tuple(ViewColumn(column, type_name) for column, type_name in columns.items())
    return ViewSchema(name, made, tuple(key))


ORDERS = view("orders", ["id"], id="bigint", status="text", total="numeric")
LINES = view(
    "lines",
    ["customer", "position"],
    customer="text",
    position="integer",
    note="text",
)
EVERYTHING = view(
    "everything",
    ["id"],
    **{"id": "bigint"} | {f"c{at}": type_name for at, type_name in enumerate(ARROW_TYPES)},
)


def batch(schema: ViewSchema, rows: Sequence[Row], names: Sequence[str] = ()) -> pa.RecordBatch:
    """A record batch of the view's columns, or of those named."""
    columns = [c for c in schema.columns if not names or c.name in names]
    arrays = [
        pa.array([row.get(c.name) for row in rows], ARROW_TYPES[c.type_name]) for c in columns
    ]
    return pa.RecordBatch.from_arrays(arrays, names=[c.name for c in columns])


def step(
    schema: ViewSchema, version: int, upserts: Sequence[Row] = (), deletes: Sequence[Row] = ()
) -> Step:
    """A step of one batch each; a batch without rows is left out."""
    return Step(
        version,
        cut_text(version),
        [batch(schema, upserts)] if upserts else [],
        [batch(schema, deletes, schema.key)] if deletes else [],
    )


def cut_text(version: int) -> str:
    return f'{{"lsn":"0/{version:X}"}}'


def order(number: int, status: str = "new", total: str | None = "1.50") -> Row:
    return {"id": number, "status": status, "total": None if total is None else Decimal(total)}


def line(customer: str, position: int, note: str | None = "") -> Row:
    return {"customer": customer, "position": position, "note": note}


EVERY_VALUE: Row = {
    "smallint": -32768,
    "integer": 2**31 - 1,
    "bigint": 2**63 - 1,
    "numeric": Decimal("-12345678901234567890.0123456789"),
    "real": 0.5,
    "double precision": 0.1,
    "boolean": True,
    "text": 'a "quoted" \\ text,\n\ttab, \u2028 and Grüße 🚀',
    "character varying(80)": "",
    "uuid": "8c2f9f1e-57e4-4f5d-9c8e-0d8f6f1f8a11",
    "date": dt.date(2013, 1, 31),
    "time without time zone": dt.time(23, 59, 59, 120000),
    "timestamp without time zone": dt.datetime(2013, 1, 1, 5, 0, 0, 123456),
    "timestamp with time zone": dt.datetime(2013, 1, 1, 5, 0, 0, 120000, tzinfo=dt.UTC),
    "jsonb": '{"plane": {"seats": 149, "price": 12345678901234567890.123456789, "a": [1, null]}}',
    "json": '[{"sku": "a\\n", "qty": 1},\n {"sku": "ü", "qty": 9007199254740993}]',
    "bytea": bytes(range(256)),
    "inet": "10.0.0.1/8",
    "character": "abc",
    "bit": "0110",
    "interval": "P1Y2M3DT4H5M6.7S",
    "time with time zone": "10:00:00.5+02",
    "int4range": "[1,5)",
    "money": Decimal("-1234.50"),
    "shop.mood": "it's fine",
    "text[]": ["", "NULL", None, 'a,"b" \\ {c}'],
    "numeric[]": [Decimal("1.500"), None],
    "timestamp with time zone[]": [dt.datetime(2013, 1, 1, 5, tzinfo=dt.UTC)],
    "interval[]": ["P1Y2M3DT4H5M6.7S", None, "PT-1H-2M-3.5S"],
}


def everything(number: int, is_null: bool = False) -> Row:
    """A row with a distinctive value in every column, or with NULL in all but the key."""
    values = {} if is_null else EVERY_VALUE
    return {"id": number} | {f"c{at}": values.get(name) for at, name in enumerate(ARROW_TYPES)}


def scanned(sink: Sink, number: int) -> list[Row]:
    """The rows of a generation in the order of their texts."""
    return sorted(sink.scan(number), key=repr)


def in_order(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=repr)


def many_orders(status: str, count: int = 20_000) -> list[pa.RecordBatch]:
    """That many orders in several batches."""
    rows = [order(number, status) for number in range(count)]
    size = max(1, count // 3)
    return [batch(ORDERS, rows[start : start + size]) for start in range(0, count, size)]
