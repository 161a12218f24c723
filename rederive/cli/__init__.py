"""The command `rederive`: arguments, wiring and screens. What it does is in the other packages."""

from rederive.cli.entry import entry

__all__ = ["entry"]
