"""A view's relations as a tree of texts, each with how the engine maintains it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from materializers.sql.printing.names import ShownNames, below
from materializers.sql.printing.relations import Words, select_text
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation
from materializers.sql.relations.same import Shared
from materializers.sql.relations.scan import Scan

Keeping = Callable[[Relation], dict[str, Any] | None]
"""How an engine maintains a relation, as JSON; None where another relation's operator does it."""


def relation_text(relation: Relation) -> str:
    """One relation in one line."""
    return Words(ShownNames(relation)).of(relation)


class AlgebraTree:
    """The tree of one view. Relations that only pass on their input's columns are left out; a
    relation with several readers is printed once. `names`: of the view's columns."""

    def __init__(self, root: Relation, names: Sequence[str], keeping: Keeping) -> None:
        self._root, self._keeping = root, keeping
        self._names = ShownNames(root, names)
        self._words = Words(self._names)
        self._told: set[int | str] = set()

    def as_json(self) -> dict[str, Any]:
        """For each relation: `relation`: its line; `columns`, `keys`: of its rows; `engine`: how it
        is maintained; `is_above`: printed before, so without `inputs`. Any: it becomes JSON."""
        root = self._root
        return self._node(root, select_text(self._words, root) if isinstance(root, Map) else "")

    def _of(self, relation: Relation) -> dict[str, Any]:
        while not (text := self._words.of(relation)):
            if isinstance(relation, Shared) and id(relation) in self._told:
                return self._again(relation)
            self._told.add(id(relation))
            (relation,) = below(relation)
        return self._node(relation, text)

    def _again(self, relation: Relation) -> dict[str, Any]:
        while not (text := self._words.of(relation)):
            (relation,) = below(relation)
        return {**self._alone(relation, text), "is_above": bool(below(relation))}

    def _node(self, relation: Relation, text: str) -> dict[str, Any]:
        if self._is_told(relation):
            return self._again(relation)
        inputs = [self._of(each) for each in below(relation)]
        return {**self._alone(relation, text or self._words.of(relation)), "inputs": inputs}

    def _is_told(self, relation: Relation) -> bool:
        """Whether it, or an equal relation that shares its state, was printed before."""
        engine = self._keeping(relation) or {"state": []}
        places = {id(relation), *(state["table"] for state in engine["state"])}
        is_told = bool(places & self._told) and not isinstance(relation, Scan)
        self._told |= places
        return is_told

    def _alone(self, relation: Relation, text: str) -> dict[str, Any]:
        return {
            "relation": text,
            "columns": [
                {"name": self._names(c.name).text, "type": c.type.name, "nullable": c.nullable}
                for c in relation.columns
            ],
            "keys": [sorted(self._names(name).text for name in key) for key in relation.keys],
            "engine": self._keeping(relation),
            "is_above": False,
            "inputs": [],
        }
