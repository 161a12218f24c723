"""Evaluates a relation over tables, without state.

A relation is compiled once, and can then be evaluated over any tables.
"""

from __future__ import annotations

from collections.abc import Callable

from materializers.engines.rows.meaning import NO_MEANINGS, Meanings
from materializers.engines.rows.relations import (
    expand,
    first,
    group_by,
    join,
    map,
    nested,
    recursive,
    scan,
    set_operations,
    window,
)
from materializers.engines.rows.relations.compiling import Compiling, Makers
from materializers.engines.rows.relations.environment import Environment, Tables
from materializers.engines.rows.scalar import Row
from materializers.sql.relations.expand import Expand, LateralSelect
from materializers.sql.relations.first import FirstOfEach, Limit
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.join import Join
from materializers.sql.relations.map import Map
from materializers.sql.relations.nested import AnyRow, Exists, InRows, OnlyValue
from materializers.sql.relations.recursive import Recursive, WorkingTable
from materializers.sql.relations.relation import Relation
from materializers.sql.relations.same import Consolidate, Recompute, Shared
from materializers.sql.relations.scan import Scan
from materializers.sql.relations.semi_join import MarkJoin, SemiJoin
from materializers.sql.relations.set_operations import SetOperation, UnionAll
from materializers.sql.relations.values import Values
from materializers.sql.relations.window import Window

MAKERS = Makers(
    {
        Scan: scan.scan,
        Values: scan.values,
        WorkingTable: scan.found_before,
        Map: map.mapped,
        Shared: map.shared,
        Consolidate: map.same,
        Recompute: map.same,
        Join: join.joined,
        SemiJoin: join.semi_joined,
        MarkJoin: join.mark_joined,
        GroupBy: group_by.grouped,
        Limit: first.limited,
        FirstOfEach: first.first_of_each,
        UnionAll: set_operations.union_all,
        SetOperation: set_operations.set_operation,
        Expand: expand.expanded,
        LateralSelect: expand.lateral_select,
        Recursive: recursive.recursive,
        Window: window.windowed,
    },
    {
        Exists: nested.exists,
        OnlyValue: nested.only_value,
        InRows: nested.in_rows,
        AnyRow: nested.any_row,
    },
)


def evaluation(relation: Relation, own: Meanings = NO_MEANINGS) -> Callable[[Tables], list[Row]]:
    """A function that returns the relation's rows for given tables, in no certain order. `own`: the
    meanings of a project's own functions.

    Raises Unsupported. A call raises EvaluationError where PostgreSQL raises an error, and KeyError
    for a table or column that is not given.
    """
    rows = Compiling(MAKERS, own).rows(relation)
    return lambda tables: rows(Environment(tables, {}, {}))


def evaluated(relation: Relation, tables: Tables) -> list[Row]:
    """Compile and evaluate a relation once."""
    return evaluation(relation)(tables)
