"""The label of a build in an engine: the view's name, or `VIEW#next` beside the live build."""

from __future__ import annotations

_NEXT = "#next"


def next_label(view: str) -> str:
    """The label of the build beside a view's live one; no view may have such a name (`ddl.py`)."""
    return f"{view}{_NEXT}"


def is_next(label: str) -> bool:
    """Whether it is the label of a build beside the live one."""
    return label.endswith(_NEXT)


def view_of(label: str) -> str:
    """The name of the view that the build is of."""
    return label.removesuffix(_NEXT)
