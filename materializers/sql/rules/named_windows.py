"""`OVER w` -> `OVER (…)`, by the definition in WINDOW.

A window may be based on an earlier one: it inherits that one's PARTITION BY, and its ORDER BY
unless it has its own (manual, "SELECT", "WINDOW Clause").
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from materializers.sql.rules.rule import Fail

_PARTS = ("partition_by", "order", "spec")


def named_windows(node: exp.Expr, fail: Fail) -> exp.Expr:
    """Remove WINDOW from a SELECT, and write its definitions into the calls."""
    if not isinstance(node, exp.Select):
        return node
    named: dict[str, exp.Expr] = {}
    for window in node.args.get("windows") or ():
        if window.name in named:
            raise fail(f'window "{window.name}" is already defined', window)
        _write_out(window, named, fail)
        named[window.name] = window
    node.set("windows", None)
    for window in _calls(node):
        _write_out(window, named, fail)
    return node


def _calls(node: exp.Expr) -> Iterator[exp.Expr]:
    """The window calls of a SELECT, without those of nested SELECTs."""
    for child in node.iter_expressions():
        if isinstance(child, exp.Query):
            continue
        if isinstance(child, exp.Window):
            yield child
        yield from _calls(child)


def _write_out(window: exp.Expr, named: dict[str, exp.Expr], fail: Fail) -> None:
    name = window.alias
    if not name:
        return
    if name not in named:
        raise fail(f'window "{name}" does not exist', window)
    base = named[name]
    own = [part for part in _PARTS if window.args.get(part)]
    for part, word in (("partition_by", "PARTITION BY"), ("order", "ORDER BY")):
        if part in own and (part == "partition_by" or base.args.get(part)):
            raise fail(f'cannot override {word} clause of window "{name}"', window)
    is_copied = bool(own) or isinstance(window.this, exp.Identifier)
    if is_copied and base.args.get("spec"):
        raise fail(f'cannot copy window "{name}" because it has a frame clause', window)
    for part in _PARTS:
        if part not in own and (inherited := base.args.get(part)):
            copied = (
                [each.copy() for each in inherited]
                if isinstance(inherited, list)
                else inherited.copy()
            )
            window.set(part, copied)
    window.set("alias", None)
