"""One attempt to apply a batch to a state, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from materializers.engines.newest import Changed
from materializers.engines.position import Position
from materializers.engines.row_engine.catalogue import Catalogue, view_spaces
from materializers.engines.row_engine.entries import (
    Written,
    of_layouts,
    of_position,
    of_schemas,
    of_tally,
    of_view,
    without_layouts,
    without_schemas,
)
from materializers.engines.row_engine.prepared import Prepared
from materializers.engines.row_engine.row_view import RowView
from materializers.engines.row_engine.state_file import StateFile
from materializers.engines.row_engine.structure import built, is_outgrown, swept
from materializers.engines.rows.failure import EvaluationError, UnfitValue
from materializers.engines.rows.operators.circuit import Circuit, Moved
from materializers.engines.rows.operators.output import Output, forget
from materializers.engines.trial import Trial


class FailedViews(Exception):
    """Raised with the views that the batch stops, and why; nothing has changed."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)


class OutgrownView(Exception):
    """Raised with a view in which a number outgrew its type; nothing has changed."""

    def __init__(self, view: str, reason: str) -> None:
        self.view, self.reason = view, reason


class Attempt:
    """`changed`: the changes of each maintained view; `built`: the number of rows of each view that
    it builds; `views`: all views as of the end of the batch."""

    def __init__(
        self, file: StateFile, catalogue: Catalogue, trial: Trial[RowView], prepared: Prepared
    ) -> None:
        self.views = dict(prepared.views)
        self.changed: dict[str, Changed | None] = {}
        self.built: dict[str, int] = {}
        self._file, self._catalogue = file, catalogue
        self._trial, self._prepared = trial, prepared

    def move(self, position: Position, due: Mapping[str, int]) -> None:
        """Apply the batch; durable when it returns, and where it raises, nothing has changed.
        `due`: by view the version up to which its changes are to be trimmed. Raises FailedViews,
        OutgrownView."""
        store, catalogue, prepared = self._file.store, self._catalogue, self._prepared
        with store.transaction():
            written, circuit = of_position(position), catalogue.circuit
            if prepared.is_other:
                written |= self._exchanged()
                circuit = catalogue.assembled(self.views, prepared.layouts)

            def commit(moved: Moved) -> None:
                if moved.failures:
                    raise FailedViews(moved.failures)
                for name, output in circuit.outputs.items():
                    self.changed[name] = self._of_view(name, output) if output.is_changed else None
                for name, version in due.items():
                    self._trim(name, version)
                for name in {*(n for n, changed in self.changed.items() if changed), *due}:
                    written.update(of_tally(self.views[name].stored))
                self._file.meta.write(written)

            for output in circuit.outputs.values():
                output.version = self._trial.batch.cut.version
            circuit.move(prepared.changes_in(circuit), commit)
            if prepared.is_other:
                swept(store, self.views.values(), circuit)
            if self._trial.batch.is_exact:
                self._build(circuit)
        self._show(circuit)

    def _build(self, circuit: Circuit) -> None:
        """Build the views that are not built yet, over the tables as the batch left them."""
        reasons, version = {}, self._trial.batch.cut.version
        for name, view in list(self.views.items()):
            if view.is_built or view.failure is not None:
                continue
            try:
                self.views[name] = built(circuit, self._file.store, view, version)
            except EvaluationError as error:
                if is_outgrown(error, view):
                    raise OutgrownView(name, str(error)) from error
                reasons[name] = str(error)
                if name not in circuit.outputs:
                    break  # some operators stand alone
                circuit.take_out(name)
            else:
                self.built[name] = self.views[name].rows
        if reasons:
            raise FailedViews(reasons)

    def _exchanged(self) -> Written:
        """Write the entries of changed views and layouts; a view that is planned again loses its
        rows."""
        batch, layouts = self._trial.batch, self._prepared.layouts
        written: Written = {**of_schemas(batch.schemas), **without_schemas(batch.gone)}
        written |= without_layouts(self._catalogue.layouts.keys() - layouts.keys())
        written |= of_layouts(layouts)
        for name, view in self.views.items():
            if view is not self._catalogue.views.get(name):
                written |= of_view(view.stored)
        for name in self._trial.replanned:
            for space in view_spaces(name):
                self._file.store.drop(space)
        return written

    def _of_view(self, name: str, output: Output) -> Changed:
        view = self.views[name]
        try:
            changed = Changed(
                list(view.codec.batches(output.upserts.values())),
                list(view.codec.key_batches(output.deletes.values())),
            )
        except UnfitValue as error:
            if is_outgrown(error, view):
                raise OutgrownView(name, str(error)) from error
            raise FailedViews({name: str(error)}) from error
        stored = view.stored
        grown = replace(stored, rows=stored.rows + output.growth)
        self.views[name] = replace(view, stored=grown)
        return changed

    def _trim(self, name: str, version: int) -> None:
        view = self.views[name]
        forget(self._file.store.space(view_spaces(name)[1]), version)
        start = max(view.stored.outbox_from, version)
        self.views[name] = replace(view, stored=replace(view.stored, outbox_from=start))

    def _show(self, circuit: Circuit) -> None:
        if self._prepared.is_other:
            self._catalogue.schemas = self._trial.schemas
            self._catalogue.show_all(self.views, self._prepared.layouts, circuit)
        else:
            self._catalogue.views = self.views
