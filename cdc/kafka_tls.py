"""Why TLS to Kafka fails: librdkafka says of a certificate only that it was not verified, and of a
port that speaks TLS, or none, only that the connection broke."""

from __future__ import annotations

from collections.abc import Iterator

from cdc.config import Kafka
from cdc.tls import Address, TlsFault, TlsSettings, fault_found, fault_told, speaks_tls

SETTINGS = TlsSettings(
    '"ssl.ca.location" under [kafka]',
    'write "security.protocol" = "ssl" (or "sasl_ssl") under [kafka]',
    'write "security.protocol" = "plaintext" (or "sasl_plaintext") under [kafka]',
)


def fault_of(kafka: Kafka, said: str) -> TlsFault | None:
    """The fault where connecting fails and librdkafka said this, None where it is none of TLS.
    Looks at the servers again where the text does not say."""
    if "ssl" not in str(kafka.settings.get("security.protocol", "")).lower():
        return TlsFault.TLS_ONLY if speaks_tls(_addresses(kafka)) else None
    return fault_told(said) or fault_found(_addresses(kafka))


def _addresses(kafka: Kafka) -> Iterator[Address]:
    authority = str(kafka.settings.get("ssl.ca.location", ""))
    for server in kafka.address.split(","):
        host, _, port = server.strip().rpartition("://")[2].rpartition(":")
        if port.isdecimal():
            yield Address(host.strip("[]"), int(port), authority)
