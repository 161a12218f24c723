"""Why TLS to a PostgreSQL fails: libpq says of a certificate only that it was not verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from cdc.tls import Address, TlsFault, TlsSettings, fault_found, fault_told, greet_postgres

_UNVERIFIED = "certificate verify failed"


def settings_of(place: str) -> TlsSettings:
    """The settings of a dsn; `place` says which."""
    return TlsSettings(
        f"sslrootcert in {place}",
        f"add sslmode=verify-full to {place}",
        f"take sslmode out of {place}",
    )


def fault_of(error: Exception, given: Mapping[str, object]) -> TlsFault | None:
    """The fault behind an error of connecting with libpq's parameters `given`, None where it is
    none of TLS. Looks at the server again where the error does not say."""
    text = str(error)
    fault = fault_told(text)
    if fault is None and _UNVERIFIED in text:
        return fault_found(_addresses(given), greet_postgres) or TlsFault.AUTHORITY
    return fault


def _addresses(given: Mapping[str, object]) -> Iterator[Address]:
    hosts = str(given.get("host") or given.get("hostaddr") or "localhost").split(",")
    ports = str(given.get("port") or 5432).split(",")
    for at, host in enumerate(hosts):
        yield Address(host, int(ports[min(at, len(ports) - 1)] or 5432), _authority(given))


def _authority(given: Mapping[str, object]) -> str:
    named = str(given.get("sslrootcert") or "")
    usual = Path.home() / ".postgresql" / "root.crt"
    if named == "system":
        return ""
    return named or (str(usual) if usual.exists() else "")
