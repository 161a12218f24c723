"""Succession: replaces a view's live build by one with its edited SQL, key or sinks, or by one with
the same SQL over tables that the source has changed.

    plan     a fault of the SQL ends the succession, and names its place
    build    at the present cut, from the state's tables beside the live build if they hold
             everything it reads; else from offset zero in a state file of its own (rebuild.py)
    fill     a new generation in every sink, while both builds follow the source
    switch   between two batches the new build takes the view's name; each sink's delivery finds its
             new generation and switches to it in one step

The old build is delivered until the switch, and survives a crash before it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from cdc.contract.schemas import TableSchema
from materializers.delivery.delivery import Delivery
from materializers.delivery.filling import Filling
from materializers.engines.engine import Engine
from materializers.engines.label import next_label
from materializers.errors import RebuildError, ViewError
from materializers.project.project import Project
from materializers.row_free import row_free_error
from materializers.sql.plan import plan_view
from materializers.view import SinkDefinition, ViewDefinition

POLL_S = 0.1
SWITCH_TIMEOUT_S = 30.0

log = logging.getLogger("rederive.materialize")


class Host(Protocol):
    """The running pipeline: `materializers.pipeline`, and a pipeline without a source in tests."""

    @property
    def project(self) -> Project: ...
    @property
    def engine(self) -> Engine: ...
    @property
    def deliveries(self) -> Mapping[str, Delivery]: ...
    @property
    def stopping(self) -> threading.Event: ...
    def schemas(self) -> Mapping[str, TableSchema]: ...
    def between_batches(self, action: Callable[[], Any]) -> Any: ...
    def filling(self, engine: Engine, view: str) -> Filling: ...
    def took_over(self, view: str) -> None: ...
    def rebuild(self, definition: ViewDefinition, *, is_stopping: Callable[[], bool]) -> object: ...


class Refused(ViewError):
    """The files must be edited: a retry would not help."""


class Succession:
    """Brings one view to `definition`. `run` may take long and needs a thread of its own."""

    def __init__(self, host: Host, definition: ViewDefinition) -> None:
        self._host, self._definition = host, definition
        self._name, self._label = definition.name, next_label(definition.name)
        self._key = host.project.key_of(definition.name)
        self._began = time.monotonic()
        self._field = {"view": self._name}

    def run(self) -> None:
        """Raises Refused where the SQL cannot be planned, other RederiveErrors where a retry may
        help. The live build goes on then."""
        live = self._host.engine.views.get(self._name)
        is_same = live is not None and live.is_of(self._definition, self._key)
        if live is not None and is_same and not live.is_outdated:
            self._exchange_sinks()
            return
        self._check_plan()
        while (is_built := self._host.between_batches(self._build)) is None:
            self._check()
            self._host.stopping.wait(POLL_S)
        if not is_built:
            log.info("view %s: the state lacks what it reads: from offset zero", self._name)
            self._host.rebuild(self._definition, is_stopping=self._is_obsolete)
        elif self._label in self._host.engine.views:
            self._fill(self._label, self._host.project.sinks_of(self._name), self._promote)
        if live is None:
            log.info("view %s: new; its sinks are filled now", self._name, extra=self._field)
        else:
            self._log_switch("as rebuilt" if is_same else "as edited")

    def _log_switch(self, how: str) -> None:
        """Wait until readers see the new build and log it, or log which sinks do not show it."""
        deadline = time.monotonic() + SWITCH_TIMEOUT_S
        while (behind := self._behind()) and not self._is_obsolete():
            if time.monotonic() > deadline or any(delivery.trouble for delivery in behind):
                names = ", ".join(sorted(delivery.definition.name for delivery in behind))
                log.warning(
                    "view %s: built %s, but readers see the former one in %s until that sink takes "
                    "the new one", self._name, how, names, extra=self._field,
                )  # fmt: skip
                return
            self._host.stopping.wait(POLL_S)
        if not behind:
            elapsed_s = self._elapsed_s()
            log.info("view %s: live %s after %.1f s", self._name, how, elapsed_s, extra=self._field)

    def _behind(self) -> list[Delivery]:
        """The view's deliveries whose sink has not switched to its present build."""
        live = self._host.engine.views.get(self._name)
        wanted = {sink.name for sink in self._host.project.sinks_of(self._name)}
        mine = [each for name, each in list(self._host.deliveries.items()) if name in wanted]
        return [each for each in mine if live is not None and each.build != live.generation]

    def _check_plan(self) -> None:
        project = self._host.project
        try:
            plan_view(self._definition, self._host.schemas(), self._key, project.functions)
        except ViewError as error:
            raise Refused(error.message, fix=error.fix, excerpt=error.excerpt) from error

    def _build(self) -> bool | None:
        """In the writing thread: build from the state. False: the state lacks what is read. None:
        the state is between two cuts, where no view can be read in full; try again."""
        engine = self._host.engine
        if engine.cut is None or not engine.is_exact:
            return None
        if not engine.suffices(self._definition, key=self._key):
            return False
        is_next = self._name in engine.views
        built = engine.build(
            self._definition, key=self._key, generation=time.time_ns() // 1000, is_next=is_next
        )
        log.info(
            "view %s: %d rows built from the state at %s in %.1f s",
            self._name, built.rows, engine.cut.lsn, self._elapsed_s(),
        )  # fmt: skip
        if not is_next:
            self._host.took_over(self._name)
        return True

    def _exchange_sinks(self) -> None:
        """Keep the view, and fill the sinks whose options have changed."""
        present = {name: each.definition for name, each in self._host.deliveries.items()}
        changed = [s for s in self._host.project.sinks_of(self._name) if s.name in present]
        changed = [sink for sink in changed if sink.terms != present[sink.name].terms]
        self._fill(self._name, changed, lambda: self._host.took_over(self._name))
        for sink in changed:
            log.info(
                "sink %s: live by its edited options; its former rows stay where they are",
                sink.name,
            )

    def _fill(
        self, label: str, sinks: Iterable[SinkDefinition], switch: Callable[[], None]
    ) -> None:
        filling = self._host.filling(self._host.engine, label)
        try:
            filling.load(sinks, lambda rows: self._check())
            while filling.deliver():
                self._check()
            filling.rehearse()
            self._host.between_batches(switch)
        except Exception:
            self._host.between_batches(self._discard)
            raise
        finally:
            filling.close()

    def _promote(self) -> None:
        coming = self._host.engine.views[self._label]
        if coming.failure is not None:
            before = f"View {self._name} cannot be built"
            raise row_free_error(RebuildError, before, coming.failure)
        self._host.engine.promote(self._name)
        self._host.took_over(self._name)

    def _discard(self) -> None:
        if self._label in self._host.engine.views:
            self._host.engine.forget(self._label)

    def _is_obsolete(self) -> bool:
        """Whether the view was edited again, or the process is stopping."""
        project = self._host.project
        now = [view for view in project.maintained_views if view.name == self._name]
        is_wanted = bool(now) and now[0].texts == self._definition.texts
        is_wanted = is_wanted and project.key_of(self._name) == self._key
        return self._host.stopping.is_set() or not is_wanted

    def _check(self) -> None:
        if self._is_obsolete():
            raise RebuildError(f"The new build of {self._name} is no longer wanted.")

    def _elapsed_s(self) -> float:
        return time.monotonic() - self._began
