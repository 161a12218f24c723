"""`AS name (column, …)`: the column names that an alias gives to an entry of FROM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from materializers.sql.place import Source
from materializers.sql.scope import Field


def renamed_fields(source: Source, node: exp.Expr, fields: Sequence[Field]) -> tuple[Field, ...]:
    """The fields, renamed by the column list of `node`'s alias; a shorter list renames the first
    ones. Raises ViewError for a longer list."""
    alias = node.args.get("alias")
    listed = list(alias.columns) if alias is not None else []
    if len(listed) > len(fields):
        counts = f"{len(fields)} columns available but {len(listed)} columns specified"
        raise source.error(f'table "{node.alias}" has {counts}', listed[len(fields)])
    names = [*(c.name for c in listed), *(f.name for f in fields[len(listed) :])]
    return tuple(replace(f, name=name) for f, name in zip(fields, names, strict=True))
