"""Names the fault of a failed TLS connection; few clients do, and none says what to change.

`fault_in_text` interprets OpenSSL's message where a client passes it on. libpq and librdkafka only
say that a certificate was not verified, or nothing. There `probed_fault` makes a TLS connection of
its own, in bounded time.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

TIMEOUT_S = 2.0
ADDRESSES_MAX = 3
_POSTGRES_SSL_REQUEST = bytes.fromhex("0000000804d2162f")


class TlsFault(Enum):
    """What is wrong, as shown in messages."""

    AUTHORITY = "the server's certificate is signed by an authority that is not trusted here"
    EXPIRED = "the server's certificate has expired, or is not valid yet"
    HOST = "the server's certificate is for another host name"
    NO_TLS = "the server speaks no TLS on this port"
    TLS_ONLY = "the server speaks TLS on this port, and was asked without"


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Names of a client's settings, for fixes. `authority`: the file of the certificate authority;
    `on`, `off`: what to write to use TLS, and not to."""

    authority: str
    on: str
    off: str

    def fix(self, fault: TlsFault) -> str:
        """What to do about the fault."""
        if fault is TlsFault.AUTHORITY:
            return f"name the file of the authority's certificate as {self.authority}"
        if fault is TlsFault.EXPIRED:
            return "renew it at the server, and look at this machine's clock"
        if fault is TlsFault.HOST:
            return "connect by a name that the certificate is for, or give the server another"
        return f"use its TLS port, or {self.off}" if fault is TlsFault.NO_TLS else self.on


@dataclass(frozen=True, slots=True)
class Address:
    """A server, and the authority file its certificate is checked with; "": the machine's own."""

    host: str
    port: int
    authority_file: str = ""


_TEXTS = (
    ("does not match host name", TlsFault.HOST),
    ("hostname mismatch", TlsFault.HOST),
    ("ip address mismatch", TlsFault.HOST),
    ("certificate has expired", TlsFault.EXPIRED),
    ("certificate is not yet valid", TlsFault.EXPIRED),
    ("self-signed certificate", TlsFault.AUTHORITY),
    ("self signed certificate", TlsFault.AUTHORITY),
    ("unable to get local issuer", TlsFault.AUTHORITY),
    ("unable to get issuer", TlsFault.AUTHORITY),
    ("root certificate file", TlsFault.AUTHORITY),
    ("wrong version number", TlsFault.NO_TLS),
    ("record layer failure", TlsFault.NO_TLS),
    ("packet length too long", TlsFault.NO_TLS),
    ("unexpected_eof_while_reading", TlsFault.NO_TLS),
    ("server does not support ssl", TlsFault.NO_TLS),
    ("connecting to a ssl listener", TlsFault.TLS_ONLY),
)  # fmt: skip
_NAMES = re.compile(
    r"server certificate for .*? does not match .*|certificate is not valid for '.*?'"
)
# verify(1ssl): the codes that openssl's own messages go by.
_OF_CODE = {9: TlsFault.EXPIRED, 10: TlsFault.EXPIRED, 62: TlsFault.HOST, 64: TlsFault.HOST}


def fault_in_text(text: str) -> TlsFault | None:
    """The fault that a client's message names, or None."""
    lower = text.lower()
    return next((fault for words, fault in _TEXTS if words in lower), None)


def named(fault: TlsFault, text: str) -> str:
    """The fault for a message, with host names where the client gave them."""
    names = _NAMES.search(text) if fault is TlsFault.HOST else None
    return f"{fault.value} ({names[0]})" if names else fault.value


def probed_fault(
    addresses: Iterable[Address], greet: Callable[[socket.socket], bool] = lambda asked: True
) -> TlsFault | None:
    """The fault of the first server that answers; None where TLS works or none answers.

    `greet` does what precedes TLS on a connection, and returns whether the server agrees to TLS.
    Tries at most ADDRESSES_MAX servers, each for a few seconds.
    """
    for address in list(addresses)[:ADDRESSES_MAX]:
        try:
            with socket.create_connection((address.host, address.port), TIMEOUT_S) as asked:
                return _fault_of(asked, address, greet)
        except OSError:
            continue
    return None


def speaks_tls(addresses: Iterable[Address]) -> bool:
    """Whether the first server that answers speaks TLS, whatever its certificate."""
    for address in list(addresses)[:ADDRESSES_MAX]:
        try:
            with socket.create_connection((address.host, address.port), TIMEOUT_S) as asked:
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                with context.wrap_socket(asked, server_hostname=address.host):
                    return True
        except ssl.SSLError as error:
            # An alert (a client certificate is required, …) is part of TLS.
            return "alert" in str(error).lower()
        except OSError:
            continue
    return False


def greet_postgres(asked: socket.socket) -> bool:
    """PostgreSQL's own request for TLS (manual, "SSL Session Encryption")."""
    asked.sendall(_POSTGRES_SSL_REQUEST)
    return asked.recv(1) == b"S"


def _fault_of(
    asked: socket.socket, address: Address, greet: Callable[[socket.socket], bool]
) -> TlsFault | None:
    try:
        context = ssl.create_default_context(cafile=address.authority_file or None)
    except (OSError, ssl.SSLError):
        return TlsFault.AUTHORITY
    if not greet(asked):
        return TlsFault.NO_TLS
    try:
        with context.wrap_socket(asked, server_hostname=address.host):
            return None
    except ssl.SSLCertVerificationError as error:
        return _OF_CODE.get(error.verify_code, TlsFault.AUTHORITY)
    except (ssl.SSLError, ConnectionError, TimeoutError) as error:
        return TlsFault.NO_TLS if "alert" not in str(error).lower() else None
