"""What a rewrite is."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from materializers.errors import ViewError

Fail = Callable[[str, exp.Expr], ViewError]
"""Makes the error that points at a node."""

Rule = Callable[[exp.Expr, Fail], exp.Expr]
"""Takes one node of a query, whose own parts are rewritten already, and gives what stands in its
place: the node itself where the rule does not concern it. It keeps the names and literals that
were written, for they know their place in the text. Raises what `Fail` makes for what PostgreSQL
refuses too."""
