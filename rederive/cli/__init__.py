"""The command `rederive`: arguments, wiring and screens; what it does lives in the other layers."""

from rederive.cli.main import main

__all__ = ["main"]
