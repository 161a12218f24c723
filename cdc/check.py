"""One fact that a correct run needs, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Check:
    """`message` says what was found, in one line; `fix` what to do where not `ok`.

    A check of level `warning` that is not `ok` stops nothing: it names a risk.
    """

    name: str
    ok: bool
    message: str
    fix: str = ""
    level: Literal["error", "warning"] = "error"

    @property
    def is_fatal(self) -> bool:
        return not self.ok and self.level == "error"
