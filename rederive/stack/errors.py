"""Errors of the local servers.

RederiveError
└── StackError              a server cannot be fetched, started or stopped
    └── StackCancelled      another server failed or the user gave up: start again
"""

from cdc.errors import RederiveError


class StackError(RederiveError):
    """A local server cannot be fetched, started or stopped."""


class StackCancelled(StackError):
    """The start was given up before this server answered."""


class NotAnswering(Exception):
    """A server does not answer a request yet; waiting loops catch it, nobody else sees it."""
