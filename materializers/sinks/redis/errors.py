"""Translates Redis's errors into one line with a fix."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from cdc.tls import TlsFault, TlsSettings, fault_in_text, named
from materializers.errors import SinkError

# Start of the server's answer -> fix, and whether it may pass.
_ACCESS = "grant the user ~SINK:* and +@read +@write +@scripting +@transaction."
_LOGIN = "correct user and password in the url of [sink.{name}]."
# Start of its answer to a login -> what it means, as the answers speak of the protocol.
_LOGINS = {
    "WRONGPASS": "it does not take this user and password",
    "invalid username-password pair": "it does not take this user and password",
    "NOAUTH": "it asks for a password",
    "Authentication required": "it asks for a password",
    "HELLO must be called": "it asks for a password",
    "AUTH ": "it has no password for this user",
}
_FIXES = {
    "NOPERM": (_ACCESS, False),
    "No permissions": (_ACCESS, False),
    "has no permissions": (_ACCESS, False),
    "OOM": ("raise maxmemory, or use ttl = '…'.", True),
    "command not allowed when used memory": ("raise maxmemory, or use ttl = '…'.", True),
    "MISCONF": ("free disk space on the Redis server.", True),
    "READONLY": ("connect to the primary: this server is a replica.", True),
    "You can't write against a read only": ("connect to the primary.", True),
    "LOADING": ("", True),
    "BUSY": ("", True),
    "CLUSTER": ("use a server without cluster mode.", False),
}


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Raises SinkError for the client's errors; `name` is the connection's."""
    try:
        yield
    except redis.RedisError as error:
        raise refused(name, error) from error
    except (ValueError, TypeError) as error:
        raise SinkError(
            f"sink {name}: the Redis client refuses its settings: {error}.",
            fix=f"correct [sink.{name}] in rederive.toml.",
        ) from error


def refused(name: str, error: Exception) -> SinkError:
    """The SinkError for an error of the client or the server."""
    reason = " ".join(str(error).split()).rstrip(".")
    for start, meaning in _LOGINS.items():
        if start.lower() in reason.lower():
            message = f"sink {name}: Redis refuses the login: {meaning}."
            return SinkError(message, fix=_LOGIN.format(name=name))
    for start, (fix, is_retryable) in _FIXES.items():
        if start.lower() in reason.lower():
            message = f"sink {name}: Redis refuses: {reason}."
            translation = SinkError(message, fix=fix.format(name=name), is_retryable=is_retryable)
            translation.without_values = f"sink {name}: Redis refuses: {start.strip()}."
            return translation
    if isinstance(error, redis.ConnectionError) and (fault := fault_in_text(reason)) is not None:
        return SinkError(
            f"sink {name}: TLS to Redis fails: {named(fault, reason)}.",
            fix=f"{_tls_settings(name).fix(fault)}.",
            is_retryable=fault is TlsFault.EXPIRED,
        )
    if isinstance(error, (redis.ConnectionError, redis.TimeoutError)):
        return SinkError(
            f"sink {name}: Redis cannot be reached: {reason}.",
            fix=f"start it, or correct the url of [sink.{name}]; rediss:// where it speaks TLS.",
            is_retryable=True,
        )
    translation = SinkError(f"sink {name}: Redis answers: {reason}.")
    # The client's message repeats the refused command, with its rows.
    translation.without_values = f"sink {name}: Redis refuses a command ({type(error).__name__})."
    return translation


def _tls_settings(name: str) -> TlsSettings:
    place = f"the url of [sink.{name}]"
    return TlsSettings(
        f"ssl_ca_certs in [sink.{name}]",
        f"write rediss:// in {place}", f"write redis:// in {place}",
    )  # fmt: skip
