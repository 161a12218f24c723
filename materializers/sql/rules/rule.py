"""The signature of a rewrite rule."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from materializers.errors import ViewError

Fail = Callable[[str, exp.Expr], ViewError]
"""Makes a ViewError that points at a node."""

Rule = Callable[[exp.Expr, Fail], exp.Expr]
"""Takes a node of a query, whose children are rewritten already, and returns its replacement: the
node itself where the rule does not apply. It reuses the written names and literals, which hold
their places in the text. Raises ViewError (by `Fail`) for what PostgreSQL refuses too."""
