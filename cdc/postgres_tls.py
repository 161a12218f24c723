"""Why TLS to a PostgreSQL server fails. libpq says only that a certificate was not verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from cdc.tls import Address, TlsFault, TlsSettings, fault_in_text, greet_postgres, probed_fault

_UNVERIFIED = "certificate verify failed"


def settings_of(place: str) -> TlsSettings:
    """The TLS settings of a dsn, for fixes; `place` names the dsn."""
    return TlsSettings(
        f"sslrootcert in {place}",
        f"add sslmode=verify-full to {place}",
        f"take sslmode out of {place}",
    )


def fault_of(error: Exception, given: Mapping[str, object]) -> TlsFault | None:
    """The fault of TLS behind a failed connection with libpq's parameters `given`, or None. Probes
    the server where the error does not tell."""
    text = str(error)
    fault = fault_in_text(text)
    if fault is None and _UNVERIFIED in text:
        return probed_fault(_addresses(given), greet_postgres) or TlsFault.AUTHORITY
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
