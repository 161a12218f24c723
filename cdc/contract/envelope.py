"""Writes a row as its record: key and Debezium envelope, by code generated once per table.

A record's value joins constant pieces, the row's values, and pieces shared by one transaction
(`Stamp`). So a row costs one `join`, and a call for each value that needs conversion. The fields
and their order are Debezium 3's; `commit_lsn`, the start of the transaction's commit record, is the
one field added.

    {"before":…,"after":…,"source":{…},"transaction":null,"op":"c","ts_ms":…,"ts_us":…,"ts_ns":…}

The code contains column names as JSON constants only; no text of the database is executed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from cdc import __version__
from cdc.contract import values
from cdc.contract.schemas import TableSchema
from cdc.contract.values import JsonEncoder
from cdc.errors import ContractError

Values = Sequence[bytes | None]
Record = tuple[bytes, bytes]

_INLINE: dict[JsonEncoder, str] = {
    values.identity: "{0}",
    values.plain: "b'\"%b\"' % {0}",
    values.text: "dumps({0}.decode())",
}
"""Encoders inlined because the call would cost more than their work."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A record's source fields, the same for a whole transaction.

    `previous_lsn`: end of the previous transaction, None where unknown. Times in microseconds since
    1970. `snapshot`: Debezium's field, "false" for a change of the stream.
    """

    commit_lsn: int
    committed_at_us: int
    xid: int | None
    captured_at_us: int
    previous_lsn: int | None = None
    snapshot: str = "false"


class Stamp(NamedTuple):
    """Pieces of the envelope shared by one transaction's changes of one table.

    A value is: before, after, `head`, lsn, `middle`, lsn, then the tail of the operation.
    """

    head: bytes
    middle: bytes
    create: bytes
    update: bytes
    delete: bytes
    read: bytes


class Envelope:
    """Writes the records of one table with one schema.

    `whole(values, lsn, stamp, tail)` returns key and value, without `before`. `stripped` does the
    same for values that each have one byte to skip in front. `row`, `key`: that JSON alone. A value
    is PostgreSQL's text under `values.SESSION_SETTINGS`, None for NULL; `lsn` is decimal.
    """

    def __init__(
        self, source: str, database: str, schema: TableSchema, encoders: Sequence[JsonEncoder]
    ) -> None:
        missing = set(schema.key) - {column.name for column in schema.columns}
        if missing or not schema.key:
            raise ContractError(f"Table {schema.table} has no key among its columns.")
        self.schema = schema
        names = [column.name for column in schema.columns]
        self._indices = [names.index(name) for name in schema.key]
        code = _Code(names, self._indices, encoders)
        self.whole: Callable[[Values, bytes, Stamp, bytes], Record] = code.whole("{0}", True)
        self.stripped: Callable[[Values, bytes, Stamp, bytes], Record] = code.whole(
            "{0}[1:]", False
        )
        self.row: Callable[[Values], bytes] = code.row()
        self.key: Callable[[Values], bytes] = code.key()
        namespace, _, table = schema.table.partition(".")
        self._head = (
            b'},"source":{"version":%b,"connector":"postgresql","name":%b,"ts_ms":'
            % (orjson.dumps(__version__), orjson.dumps(source)),
            b',"db":%b,"sequence":"[' % orjson.dumps(database),
            b',"schema":%b,"table":%b,"txId":' % (orjson.dumps(namespace), orjson.dumps(table)),
        )

    def key_values(self, row: Values) -> list[bytes | None]:
        """The values of the key columns."""
        return [row[index] for index in self._indices]

    def stamp(self, origin: Origin) -> Stamp:
        """The shared pieces, made once per transaction."""
        first, second, third = self._head
        at_us, now_us = origin.committed_at_us, origin.captured_at_us
        previous = b"null" if origin.previous_lsn is None else b'\\"%d\\"' % origin.previous_lsn
        xid = b"null" if origin.xid is None else b"%d" % origin.xid
        head = b'%b%d,"snapshot":"%b"%b%b,\\"' % (
            first, at_us // 1000, origin.snapshot.encode(), second, previous,
        )  # fmt: skip
        middle = b'\\"]","ts_us":%d,"ts_ns":%d000%b%b,"lsn":' % (at_us, at_us, third, xid)
        tail = (
            b',"xmin":null,"origin":null,"origin_lsn":null,"commit_lsn":%d},"transaction":null,'
            b'"op":"' % origin.commit_lsn
        )
        end = b'","ts_ms":%d,"ts_us":%d,"ts_ns":%d000}' % (now_us // 1000, now_us, now_us)
        return Stamp(head, middle, *(tail + op + end for op in (b"c", b"u", b"d", b"r")))

    @staticmethod
    def changed(before: bytes, after: bytes, lsn: bytes, stamp: Stamp, tail: bytes) -> bytes:
        """The value of a change from rows in JSON (`null` for none)."""
        # `head` begins with the brace that closes a row; these are closed already.
        return b"".join(
            (b'{"before":', before, b',"after":', after, stamp.head[1:], lsn,
             stamp.middle, lsn, tail)
        )  # fmt: skip


class _Code:
    """Generates the functions of one table."""

    def __init__(
        self, names: Sequence[str], indices: Sequence[int], encoders: Sequence[JsonEncoder]
    ) -> None:
        self._indices, self._encoders = indices, encoders
        self._fields = [orjson.dumps(name) + b":" for name in names]
        self._scope: dict[str, object] = {"join": b"".join, "dumps": orjson.dumps}
        self._scope |= {f"encode{i}": encoder for i, encoder in enumerate(encoders)}

    def _value(self, index: int, text: str, is_nullable: bool) -> str:
        """The expression that converts a column's variable to JSON."""
        variable = f"v{index}"
        encoder = self._encoders[index]
        inline = _INLINE.get(encoder, f"encode{index}({{0}})")
        encoded = inline.format(text.format(variable))
        return f"b'null' if {variable} is None else {encoded}" if is_nullable else encoded

    def _object(self, indices: Sequence[int], opening: bytes, closing: bytes) -> list[str]:
        pieces = []
        for place, index in enumerate(indices):
            constant = (b"," if place else opening) + self._fields[index]
            pieces += [repr(constant), f"v{index}"]
        return [*pieces, repr(closing)] if closing else pieces

    def _define(self, name: str, arguments: str, lines: Sequence[str]) -> Callable[..., object]:
        body = "\n    ".join(lines)
        scope = dict(self._scope)
        exec(f"def {name}({arguments}):\n    {body}\n", scope)
        return scope[name]  # type: ignore[return-value]

    def _unpack(self, text: str, is_nullable: bool) -> list[str]:
        count = len(self._fields)
        names = "".join(f"v{index}, " for index in range(count))
        # With `stripped`, the first piece of the split is no value.
        lines = [f"{names.rstrip(' ')} = row" if is_nullable else f"_, {names.rstrip(' ')} = row"]
        for index in range(count):
            value = self._value(index, text, is_nullable)
            if value != f"v{index}":
                lines.append(f"v{index} = {value}")
        return lines

    def whole(self, text: str, is_nullable: bool) -> Callable[..., Record]:
        key = ", ".join(self._object(self._indices, b"{", b"}"))
        everything = range(len(self._fields))
        row = ", ".join(self._object(everything, b'{"before":null,"after":{', b""))
        lines = [
            *self._unpack(text, is_nullable),
            f"return join(({key})), join(({row}, stamp[0], lsn, stamp[1], lsn, tail))",
        ]
        return self._define("whole", "row, lsn, stamp, tail", lines)  # type: ignore[return-value]

    def row(self) -> Callable[[Values], bytes]:
        everything = ", ".join(self._object(range(len(self._fields)), b"{", b"}"))
        lines = [*self._unpack("{0}", True), f"return join(({everything}))"]
        return self._define("row", "row", lines)  # type: ignore[return-value]

    def key(self) -> Callable[[Values], bytes]:
        pieces = ", ".join(self._object(self._indices, b"{", b"}"))
        lines = [*self._unpack("{0}", True), f"return join(({pieces}))"]
        return self._define("key", "row", lines)  # type: ignore[return-value]
