"""A view of the row engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from materializers.engines.planned_view import PlannedView
from materializers.engines.row_engine.codec import Codec
from materializers.engines.stored_view import StoredView
from materializers.sql.catalogue import FunctionCatalogue
from materializers.sql.plan import ViewPlan, plan_view
from materializers.sql.relations.canonical import Canonical, digest
from materializers.view import ViewSchema


@dataclass(slots=True)
class RowView(PlannedView):
    """A stored view with its plan."""

    plan: ViewPlan
    codec: Codec

    @classmethod
    def of(cls, stored: StoredView, functions: FunctionCatalogue) -> RowView:
        """Plan a stored view. Raises ViewError."""
        definition, is_wide = stored.definition, stored.is_wide
        plan = plan_view(definition, stored.schemas, stored.key, functions, is_wide=is_wide)
        return cls(stored, plan, Codec(plan.root.columns, plan.schema.key))

    @property
    def meaning(self) -> str:
        """A digest of its relations, by which its operators' spaces are named, and of its key."""
        return digest(f"{Canonical({}).text(self.plan.root)} by {self.schema.key}")

    @property
    def schema(self) -> ViewSchema:
        return self.plan.schema

    @property
    def needs(self) -> Mapping[str, frozenset[str]]:
        return self.plan.needs
