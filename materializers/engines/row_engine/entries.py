"""A state's entries besides rows, in the space `meta`.

position        the last cut applied, the offsets to read from
schema TABLE    the last known schema of a table
layout TABLE    the stored columns of a table
view LABEL      a view's definition, build and condition
tally LABEL     the number of its rows, the version after which its outbox is complete, its build
pipeline, runs  the pipeline's identity and runs (`runs.py`)
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import replace

from cdc.contract.schemas import TableSchema
from materializers.engines.position import NOWHERE, Position
from materializers.engines.row_engine.layout import Layout
from materializers.engines.rows.store.space import Space
from materializers.engines.stored_view import StoredView

META = "meta"
FORMAT, POSITION = b"format", b"position"
_VERSION = b"1"
"""Raised whenever the stored form changes: state is not migrated but built again from the
topics."""
_SCHEMA, _LAYOUT, _VIEW, _TALLY = b"schema ", b"layout ", b"view ", b"tally "
_PLAN = b"plan "
_NUMBERS = struct.Struct(">Qqq")

Written = dict[bytes, "bytes | None"]
"""Entries to write; None removes one."""


def is_of_this_version(meta: Space) -> bool:
    """Whether the state has this version's format; a new state gets it."""
    version = meta.get([FORMAT]).get(FORMAT)
    if version is None and next(iter(meta.scan()), None) is None:
        meta.write({FORMAT: _VERSION})
        return True
    return version == _VERSION


def read_position(meta: Space | None) -> Position:
    """The state's position."""
    text = None if meta is None else meta.get([POSITION]).get(POSITION)
    return NOWHERE if text is None else Position.from_json(text)


def read_schemas(meta: Space) -> dict[str, TableSchema]:
    """The last known schema of every table."""
    return {
        name.removeprefix(_SCHEMA).decode(): TableSchema.from_json(text)
        for name, text in meta.scan(_SCHEMA)
    }


def read_layouts(meta: Space) -> dict[str, Layout]:
    """The layouts by table."""
    return {
        name.removeprefix(_LAYOUT).decode(): Layout.from_json(text)
        for name, text in meta.scan(_LAYOUT)
    }


def read_views(meta: Space) -> dict[str, StoredView]:
    """Every view, by its label."""
    views = {}
    for name, text in list(meta.scan(_VIEW)):
        label = name.removeprefix(_VIEW)
        views[label.decode()] = _with_tally(meta, StoredView.from_json(text))
    return views


def read_view(meta: Space | None, label: str) -> StoredView | None:
    """The view of that label; None where there is none."""
    place = _VIEW + label.encode()
    text = None if meta is None else meta.get([place]).get(place)
    return None if text is None or meta is None else _with_tally(meta, StoredView.from_json(text))


def _with_tally(meta: Space, view: StoredView) -> StoredView:
    rows, start, _ = read_tally(meta, view.label) or (0, -1, 0)
    return replace(view, rows=rows, outbox_from=start)


def read_tally(meta: Space | None, label: str) -> tuple[int, int, int] | None:
    """(number of rows, version after which the outbox is complete, build) of a view; None where
    there is none of that label."""
    place = _TALLY + label.encode()
    tally = None if meta is None else meta.get([place]).get(place)
    if tally is None:
        return None
    rows, start, build = _NUMBERS.unpack(tally)
    return rows, start, build


def of_position(position: Position) -> Written:
    return {POSITION: position.to_json()}


def of_schemas(schemas: Mapping[str, TableSchema]) -> Written:
    return {_SCHEMA + table.encode(): schema.to_json() for table, schema in schemas.items()}


def of_layouts(layouts: Mapping[str, Layout]) -> Written:
    return {_LAYOUT + table.encode(): layout.to_json() for table, layout in layouts.items()}


def of_view(view: StoredView) -> Written:
    return {_VIEW + view.label.encode(): view.to_json(), **of_tally(view)}


def of_tally(view: StoredView) -> Written:
    """Write what batches change of a view's entry."""
    return {
        _TALLY + view.label.encode(): _NUMBERS.pack(view.rows, view.outbox_from, view.generation)
    }


def of_plan(label: str, meaning: str) -> Written:
    """What the view's operators were made of, when it was built."""
    return {_PLAN + label.encode(): meaning.encode()}


def read_plan(meta: Space, label: str) -> str:
    """The same, as it was stored; empty where it was not built."""
    place = _PLAN + label.encode()
    return meta.get([place]).get(place, b"").decode()


def without_view(label: str) -> Written:
    return {kind + label.encode(): None for kind in (_VIEW, _TALLY, _PLAN)}


def without_schemas(tables: Iterable[str]) -> Written:
    return {_SCHEMA + table.encode(): None for table in tables}


def without_layouts(tables: Iterable[str]) -> Written:
    return {_LAYOUT + table.encode(): None for table in tables}
