"""Chooses how a relation's rows are stored by a key: the table, an index of it, or an
arrangement."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from materializers.engines.rows.operators.arranged import Arranged, KeyOf
from materializers.engines.rows.operators.arrangement import Arrangement
from materializers.engines.rows.operators.by import By
from materializers.engines.rows.operators.expressions import Expressions
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.picking import picked
from materializers.engines.rows.operators.scan import Scan as ScanOperator
from materializers.engines.rows.operators.scan import ScanByKey, ScanIndex
from materializers.engines.rows.operators.shelf import Shelf
from materializers.engines.rows.relations.compiling import names_of
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.store.key_bytes import bytes_at, key_bytes, order_bytes
from materializers.engines.rows.store.row_bytes import RowBytes
from materializers.sql.relations.relation import Relation
from materializers.sql.relations.same import Shared
from materializers.sql.relations.scan import Scan
from materializers.sql.types.expression import Cast, ColumnRef, Expression
from materializers.sql.types.sort_key import Order


def arranged(by: By, operator: Operator, shelf: Shelf, say: Expressions) -> Arranged:
    """The operator that stores these rows by this key. Raises Unsupported."""
    if isinstance(operator, ScanOperator) and not by.order:
        if primary_key(by.child, by.key) == operator.table.primary_key:
            return ScanByKey(operator)
        return ScanIndex(operator, _key(by, say), shelf, _places(by))
    rows = RowBytes([column.type for column in by.child.columns])
    order = _order(by.order, names_of(by.child), say) if by.order else None
    return Arrangement(operator, _key(by, say), shelf, rows, order, _unique(by.child))


def primary_key(relation: Relation, key: Sequence[Expression]) -> tuple[str, ...]:
    """The names of the table's columns that a key consists of; empty where a value is not a plain
    column, or the relation is no table."""
    while isinstance(relation, Shared):
        relation = relation.child
    if not isinstance(relation, Scan):
        return ()
    names = {column.name: name for name, column in relation.listed}
    columns = tuple([names.get(_column(value), "") for value in key])
    return columns if all(columns) else ()


def _places(by: By) -> list[int] | None:
    """The indexes of the columns that a key consists of; None where a value is not a column."""
    names, columns = names_of(by.child), [_column(value) for value in by.key]
    return [names.index(column) for column in columns] if all(columns) else None


def _column(value: Expression) -> str:
    """The column that the value is, if any; integers of all types have the same key bytes."""
    while isinstance(value, Cast) and value.type.is_integer and value.value.type.is_integer:
        value = value.value
    return value.column if isinstance(value, ColumnRef) else ""


def _key(by: By, say: Expressions) -> KeyOf:
    if not by.key:
        return lambda row: b""
    names = names_of(by.child)
    if len(by.key) == 1 and (column := _column(by.key[0])):
        return _of_column(names.index(column), by)
    values, write = _values(by.key, names, say), key_bytes([value.type for value in by.key])
    if not by.is_join or not any(value.nullable for value in by.key):
        return lambda row: write(values(row))

    def key(row: Row) -> bytes | None:
        members = values(row)
        return None if None in members else write(members)

    return key


def _of_column(place: int, by: By) -> KeyOf:
    (value,) = by.key
    write = bytes_at([place], [value.type])
    if not by.is_join or not value.nullable:
        return write
    return lambda row: None if row[place] is None else write(row)


def _values(
    values: Sequence[Expression], names: Sequence[str], say: Expressions
) -> Callable[[Row], Row]:
    columns = [_column(value) for value in values]
    return picked(names, columns) if all(columns) else say.values(values, names)


def _order(order: Order, names: Sequence[str], say: Expressions) -> Callable[[Row], bytes]:
    values, write = say.values([each.value for each in order], names), order_bytes(order)
    return lambda row: write(values(row))


def _unique(relation: Relation) -> Callable[[Row], bytes] | None:
    """The bytes that identify its rows, where a key is known."""
    if not relation.keys:
        return None
    key = min((sorted(each) for each in relation.keys), key=lambda each: (len(each), each))
    kinds = {column.name: column.type for column in relation.columns}
    names = names_of(relation)
    return bytes_at([names.index(name) for name in key], [kinds[name] for name in key])
