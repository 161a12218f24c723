"""Why TLS to Kafka fails. librdkafka says only that a certificate was not verified, or, where one
side speaks TLS and the other does not, that the connection broke."""

from __future__ import annotations

from collections.abc import Iterator

from cdc.config import Kafka
from cdc.tls import Address, TlsFault, TlsSettings, fault_in_text, probed_fault, speaks_tls

SETTINGS = TlsSettings(
    '"ssl.ca.location" under [kafka]',
    'write "security.protocol" = "ssl" (or "sasl_ssl") under [kafka]',
    'write "security.protocol" = "plaintext" (or "sasl_plaintext") under [kafka]',
)


def fault_of(kafka: Kafka, message: str) -> TlsFault | None:
    """The fault of TLS behind librdkafka's message about a failed connection, or None. Probes the
    servers where the message does not tell."""
    if "ssl" not in str(kafka.settings.get("security.protocol", "")).lower():
        return TlsFault.TLS_ONLY if speaks_tls(_addresses(kafka)) else None
    return fault_in_text(message) or probed_fault(_addresses(kafka))


def _addresses(kafka: Kafka) -> Iterator[Address]:
    authority = str(kafka.settings.get("ssl.ca.location", ""))
    for server in kafka.address.split(","):
        host, _, port = server.strip().rpartition("://")[2].rpartition(":")
        if port.isdecimal():
            yield Address(host.strip("[]"), int(port), authority)
