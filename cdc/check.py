"""One fact that a correct run needs, and its fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Check:
    """`message` is what was observed, in one line; `fix` is what to do unless `ok`.

    A failed check of level `warning` names a risk and stops nothing.
    """

    name: str
    ok: bool
    message: str
    fix: str = ""
    level: Literal["error", "warning"] = "error"

    @property
    def is_fatal(self) -> bool:
        return not self.ok and self.level == "error"
