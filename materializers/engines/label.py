"""The label of a view in an engine: its name, or that of a build beside the live one."""

from __future__ import annotations

_NEXT = "#next"


def next_label(view: str) -> str:
    """The label of a view's coming build; no view has such a name (`ddl.py`)."""
    return f"{view}{_NEXT}"


def is_next(label: str) -> bool:
    """Whether it is the label of a build that is to replace the live one."""
    return label.endswith(_NEXT)


def view_of(label: str) -> str:
    """The name of the view whose build bears that label."""
    return label.removesuffix(_NEXT)
