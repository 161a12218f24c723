"""Finds the implementation of a sink type: built in, registered by a program, or the entry point
of an installed package in the group `rederive.sinks`.

Packages are searched for an unknown type only, and only that package is loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from cdc.errors import RederiveError
from cdc.unexpected import as_rederive_error
from materializers.errors import SinkError
from materializers.sinks.built_in import BUILT_IN
from materializers.sinks.connection import SinkConnection
from materializers.sinks.sink import Sink
from materializers.sinks.sink_type import SinkType
from materializers.view import SinkDefinition, ViewSchema
from materializers.writer import Writer

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

ENTRY_POINTS = "rederive.sinks"

_types = {type_.name: type_ for type_ in BUILT_IN}


def register_sink(type_: SinkType) -> None:
    """Make a type of sink known to this process, before a project that uses it is opened. Raises
    RederiveError where another type has the name."""
    known = _types.setdefault(type_.name, type_)
    if known != type_:
        raise RederiveError(
            f"There is a type of sink named {type_.name!r} already.", fix="give it another name"
        )


def sink_type(name: str) -> SinkType | None:
    """The type of that name, or None. Raises RederiveError where its package cannot be imported or
    its entry point is no SinkType of that name."""
    if name not in _types:
        for each in _entry_points():
            if each.name == name:
                register_sink(_loaded(each))
    return _types.get(name)


def _entry_points() -> EntryPoints:
    from importlib.metadata import entry_points  # rarely needed

    return entry_points(group=ENTRY_POINTS)


def _loaded(entry_point: EntryPoint) -> SinkType:
    where = f"The entry point {entry_point.name} = {entry_point.value!r} of {ENTRY_POINTS}"
    try:
        type_ = entry_point.load()
    except Exception as error:  # anything that importing a module may raise
        reason = as_rederive_error(error).message.rstrip(".")
        raise RederiveError(f"{where} cannot be loaded: {reason}.", fix="correct it") from error
    if not isinstance(type_, SinkType) or type_.name != entry_point.name:
        raise RederiveError(f"{where} is no SinkType of that name.", fix="correct it")
    return type_


class SinkTypeNames(Collection[str]):
    """The names of types that a project's file may use."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and sink_type(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*_types, *_entry_points().names]))

    def __len__(self) -> int:
        return sum(1 for _ in self)


SINK_TYPES = SinkTypeNames()


def open_sink(
    definition: SinkDefinition,
    connection: SinkConnection,
    schema: ViewSchema,
    writer: Writer | None = None,
) -> Sink:
    """The sink for the view `schema`, by `definition` and `connection`. Without a `writer` it is
    read-only.

    Writes nothing, and where the client allows sends nothing, before the first method is called.
    Raises SinkError for invalid options or settings.
    """
    return _type_of(connection).open(definition, connection, schema, writer)


def _type_of(connection: SinkConnection) -> SinkType:
    type_ = sink_type(connection.type)
    if type_ is None:
        raise SinkError(
            f"[sink.{connection.name}] has the unknown type {connection.type!r}.",
            fix=f"use one of {', '.join(SINK_TYPES)}.",
        )
    return type_


def bounded(connection: SinkConnection, timeout_s: float) -> SinkConnection:
    """The connection with requests that fail after `timeout_s`, without a retry."""
    bounds = _type_of(connection).bounds(timeout_s)
    return replace(connection, settings={**connection.settings, **bounds})


def without_columns(definition: SinkDefinition, connection: SinkConnection) -> SinkDefinition:
    """The definition without options that depend on the view's columns, for questions that do
    not."""
    places = _type_of(connection).places
    options = {name: value for name, value in definition.options.items() if name in places}
    return replace(definition, options=options)
