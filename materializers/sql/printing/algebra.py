"""A view's relations as a tree of texts, with what an engine adds to each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from materializers.sql.printing.names import ShownNames, below
from materializers.sql.printing.relations import Words, select_text
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation
from materializers.sql.relations.same import Shared
from materializers.sql.relations.scan import Scan

Keeping = Callable[[Relation], dict[str, Any] | None]
"""How an engine keeps a relation, as JSON; None where that is part of another one's work."""


def relation_text(relation: Relation) -> str:
    """A relation in one line, by itself."""
    return Words(ShownNames(relation, is_view=False)).of(relation)


class AlgebraTree:
    """The tree of one view. What only hands on its input's columns is left out, and what is read
    more than once is told once."""

    def __init__(self, root: Relation, keeping: Keeping) -> None:
        self._root, self._keeping = root, keeping
        self._names = ShownNames(root, is_view=True)
        self._words = Words(self._names)
        self._told: set[int | str] = set()

    def told(self) -> dict[str, Any]:
        """`relation`: its line; `columns`, `keys`: of its rows; `engine`: how it is kept;
        `is_above`: it was told before, so that `inputs` are left out. Any: it is shown as JSON."""
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
        """Whether it, or one that means the same and has one state with it, was told before."""
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
