"""Rederive: views of a database that are exact at every commit. The public API.

    import rederive

    with rederive.capture("shop"), rederive.pipeline("shop") as pipeline:
        pipeline.wait("orders_by_day")
        for row in pipeline.rows("orders_by_day"):
            ...

docs/python.md documents it. Names outside `__all__`, and outside that of `rederive.sinks`, may
change without notice. Names are imported at first use, so that the command, which shares this
package, starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdc import __version__
    from cdc.contract.cut import Cut
    from cdc.errors import (
        BrokerError,
        ConfigError,
        ContractError,
        FencedError,
        PreflightError,
        RederiveError,
        SourceError,
    )
    from cdc.position import Lsn
    from cdc.scrubber import scrub
    from materializers.errors import NotOwner, SinkError, StateError, ViewError
    from materializers.project.project import Project
    from materializers.sinks.registry import register_sink
    from rederive.embedded.capture import RunningCapture, capture
    from rederive.embedded.pipeline import RunningPipeline, pipeline
    from rederive.embedded.rows import Rows
    from rederive.embedded.running import open_project
    from rederive.embedded.status import status_of
    from rederive.status.record import Level, Problem, Status
    from rederive.waiting import NotVisible, wait

__all__ = [
    "BrokerError",
    "ConfigError",
    "ContractError",
    "Cut",
    "FencedError",
    "Level",
    "Lsn",
    "NotOwner",
    "NotVisible",
    "PreflightError",
    "Problem",
    "Project",
    "RederiveError",
    "Rows",
    "RunningCapture",
    "RunningPipeline",
    "SinkError",
    "SourceError",
    "StateError",
    "Status",
    "ViewError",
    "__version__",
    "capture",
    "open_project",
    "pipeline",
    "register_sink",
    "scrub",
    "status_of",
    "wait",
]

_NAMES_OF = {
    "cdc": "__version__",
    "cdc.contract.cut": "Cut",
    "cdc.errors": "BrokerError ConfigError ContractError FencedError PreflightError RederiveError"
    " SourceError",
    "cdc.position": "Lsn",
    "cdc.scrubber": "scrub",
    "materializers.errors": "NotOwner SinkError StateError ViewError",
    "materializers.project.project": "Project",
    "materializers.sinks.registry": "register_sink",
    "rederive.embedded.capture": "RunningCapture capture",
    "rederive.embedded.pipeline": "RunningPipeline pipeline",
    "rederive.embedded.rows": "Rows",
    "rederive.embedded.running": "open_project",
    "rederive.embedded.status": "status_of",
    "rederive.status.record": "Level Problem Status",
    "rederive.waiting": "NotVisible wait",
}
_MODULE_OF = {name: module for module, names in _NAMES_OF.items() for name in names.split()}

if not TYPE_CHECKING:  # type checkers must see that other names do not exist

    def __getattr__(name: str) -> Any:
        if name not in _MODULE_OF:
            raise AttributeError(f"module 'rederive' has no attribute {name!r}")
        value = getattr(import_module(_MODULE_OF[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
