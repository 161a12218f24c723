"""The command `rederive`: arguments, wiring and screens; what it does lives in the other layers."""

from rederive.cli.entry import entry

__all__ = ["entry"]
