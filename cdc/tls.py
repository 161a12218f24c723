"""Why a TLS connection fails, by name: few clients say it, and none says what to change.

`fault_told` reads what OpenSSL said where a client passes it on. libpq and librdkafka only say that
a certificate was not verified, or nothing: there `fault_found` connects once by itself, in bounded
time, and looks.
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
    """What is wrong, as a message says it."""

    AUTHORITY = "the server's certificate is signed by an authority that is not trusted here"
    EXPIRED = "the server's certificate has expired, or is not valid yet"
    HOST = "the server's certificate is for another host name"
    NO_TLS = "the server speaks no TLS on this port"
    TLS_ONLY = "the server speaks TLS on this port, and was asked without"


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """The client's settings as a fix names them. `authority`: the file of the authority's
    certificate; `on`, `off`: what to write for TLS, and to do without."""

    authority: str
    on: str
    off: str

    def fix(self, fault: TlsFault) -> str:
        """What to do about it."""
        if fault is TlsFault.AUTHORITY:
            return f"name the file of the authority's certificate as {self.authority}"
        if fault is TlsFault.EXPIRED:
            return "renew it at the server, and look at this machine's clock"
        if fault is TlsFault.HOST:
            return "connect by a name that the certificate is for, or give the server another"
        return f"use its TLS port, or {self.off}" if fault is TlsFault.NO_TLS else self.on


@dataclass(frozen=True, slots=True)
class Address:
    """A server, and the authority that its certificate is held to; empty: the machine's own."""

    host: str
    port: int
    authority_file: str = ""


_TOLD = (
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


def fault_told(text: str) -> TlsFault | None:
    """The fault that a client's message names, if it names one."""
    lower = text.lower()
    return next((fault for words, fault in _TOLD if words in lower), None)


def named(fault: TlsFault, text: str) -> str:
    """The fault as a message tells it, with the names of the hosts where the client gave them."""
    names = _NAMES.search(text) if fault is TlsFault.HOST else None
    return f"{fault.value} ({names[0]})" if names else fault.value


def fault_found(
    addresses: Iterable[Address], greet: Callable[[socket.socket], bool] = lambda asked: True
) -> TlsFault | None:
    """The fault of the first server that answers; None where TLS works, or none answers.

    `greet` says what comes before TLS on a connection, and whether the server takes TLS then.
    Waits a few seconds for each of at most three servers.
    """
    for address in list(addresses)[:ADDRESSES_MAX]:
        try:
            with socket.create_connection((address.host, address.port), TIMEOUT_S) as asked:
                return _fault_of(asked, address, greet)
        except OSError:
            continue
    return None


def speaks_tls(addresses: Iterable[Address]) -> bool:
    """Whether the first server that answers does so in TLS, whatever its certificate is worth."""
    for address in list(addresses)[:ADDRESSES_MAX]:
        try:
            with socket.create_connection((address.host, address.port), TIMEOUT_S) as asked:
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                with context.wrap_socket(asked, server_hostname=address.host):
                    return True
        except ssl.SSLError as error:
            # An alert (a client's certificate is wanted, …) comes from who speaks TLS.
            return "alert" in str(error).lower()
        except OSError:
            continue
    return False


def greet_postgres(asked: socket.socket) -> bool:
    """PostgreSQL is asked for TLS in its own protocol first (manual, "SSL Session Encryption")."""
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
