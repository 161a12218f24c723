"""An OVER clause (manual, "Window Function Calls"). Named windows are expanded before."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from materializers.sql.types.window_call import Exclusion, Mode

_MODES: dict[str, Mode] = {"ROWS": "ROWS", "RANGE": "RANGE", "GROUPS": "GROUPS"}
_EXCLUSIONS: dict[str, Exclusion] = {
    "NO OTHERS": "NO OTHERS",
    "CURRENT ROW": "CURRENT ROW",
    "GROUP": "GROUP",
    "TIES": "TIES",
}


@dataclass(frozen=True, slots=True)
class Definition:
    """A window. `frame`: as written, None for the default one."""

    partition: tuple[exp.Expr, ...] = ()
    order: tuple[exp.Expr, ...] = ()
    frame: exp.WindowSpec | None = None

    @classmethod
    def of(cls, node: exp.Window) -> Definition:
        """The window of a call with OVER."""
        order = node.args.get("order")
        return cls(
            tuple(node.args.get("partition_by") or ()),
            tuple(order.expressions) if order is not None else (),
            node.args.get("spec"),
        )

    @property
    def mode(self) -> Mode:
        """ROWS, RANGE or GROUPS."""
        return _MODES[self.frame.args["kind"].upper()] if self.frame is not None else "RANGE"

    @property
    def exclusion(self) -> Exclusion:
        """TIES, GROUP, CURRENT ROW or NO OTHERS."""
        excluded = self.frame.args.get("exclude") if self.frame is not None else None
        return _EXCLUSIONS[excluded.name.upper()] if excluded is not None else "NO OTHERS"

    @property
    def counts_rows(self) -> bool:
        """Whether its frames depend on row numbers alone, not on peers."""
        return self.mode == "ROWS" and self.exclusion not in ("TIES", "GROUP")
