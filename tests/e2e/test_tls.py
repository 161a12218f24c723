"""Each fault of TLS is named, for source, Kafka and sinks, with the setting to correct."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdc.config import Kafka, Secret, Source
from cdc.errors import RederiveError
from cdc.kafka_tls import SETTINGS, fault_of
from cdc.sources.postgres.connection import connect
from cdc.tls import TlsFault
from materializers.intake.tail import read_newest_cut
from materializers.sinks.connection import SinkConnection
from rederive.sink_checks import check_connection
from tests.certificates import listening, make_certificates

AUTHORITY = "signed by an authority that is not trusted here"
EXPIRED = "has expired, or is not valid yet"
HOST = "is for another host name"
NO_TLS = "speaks no TLS on this port"
CASES = [
    ("good", "other", AUTHORITY), ("expired", "ca", EXPIRED), ("elsewhere", "ca", HOST),
    ("", "ca", NO_TLS),
]  # fmt: skip


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


def refusal_of(type_: str, **settings: Any) -> tuple[str, str]:
    """check's message about a connection, and its fix."""
    found = list(check_connection(SinkConnection("x", type_, settings)))
    assert len(found) == 1 and not found[0].ok, found
    assert "\n" not in found[0].message
    return found[0].message, found[0].fix


@pytest.mark.parametrize(("certificate", "authority", "said"), CASES)
def test_of_redis_and_elasticsearch(
    certificates: Path, certificate: str, authority: str, said: str
) -> None:
    file = str(certificates / f"{authority}.pem")
    with listening(certificates, certificate) as port:
        redis, redis_fix = refusal_of(
            "redis", url=f"rediss://localhost:{port}/0", ssl_ca_certs=file
        )
        search, search_fix = refusal_of(
            "elasticsearch", hosts=[f"https://localhost:{port}"], ca_certs=file
        )
    assert "TLS to Redis fails: the server" in redis and said in redis
    assert "TLS to Elasticsearch fails: the server" in search and said in search
    if said == AUTHORITY:
        assert "ssl_ca_certs in [sink.x]" in redis_fix and "ca_certs in [sink.x]" in search_fix
    if said == HOST:
        assert "'localhost'" in redis and "'localhost'" in search
    if said == NO_TLS:
        assert "redis://" in redis_fix and "http://" in search_fix


@pytest.mark.parametrize(("certificate", "authority", "said"), CASES)
def test_of_postgresql(
    postgres_dsn: str, certificates: Path, certificate: str, authority: str, said: str
) -> None:
    """libpq itself names an unknown authority and an expired certificate."""
    with listening(certificates, certificate, is_postgres=True) as port:
        if said == NO_TLS:
            port = int(postgres_dsn.rpartition(":")[2].partition("/")[0])
        dsn = f"postgresql://postgres@localhost:{port}/postgres?sslmode=verify-full"
        dsn += f"&sslrootcert={certificates / authority}.pem"
        with pytest.raises(RederiveError) as error:
            connect(Source("shop", Secret(dsn), ("public.t",)))
        message, fix = refusal_of("postgresql", dsn=Secret(dsn))
    for told, where in ((str(error.value), "source shop: TLS"), (message, "TLS to PostgreSQL")):
        assert where in told and said in told and "\n" not in told
        assert ('"elsewhere.example" does not match host name' in told) == (said == HOST)
    for told in (error.value.fix, fix):
        assert told and ("sslrootcert" in told) == (said == AUTHORITY)


def kafka(port: int, **settings: str) -> Kafka:
    given = {"bootstrap.servers": f"localhost:{port}", **settings}
    return Kafka({name.replace("_", "."): Secret(value) for name, value in given.items()})


@pytest.mark.parametrize(("certificate", "authority", "said"), CASES)
def test_of_kafka(certificates: Path, certificate: str, authority: str, said: str) -> None:
    with listening(certificates, certificate) as port:
        file = str(certificates / f"{authority}.pem")
        fault = fault_of(kafka(port, security_protocol="ssl", ssl_ca_location=file), "")
    assert fault is not None and said in fault.value
    assert ("ssl.ca.location" in SETTINGS.fix(fault)) == (said == AUTHORITY)


def test_a_port_of_kafka_that_speaks_tls_to_who_does_not(certificates: Path) -> None:
    with listening(certificates, "good") as port:
        assert fault_of(kafka(port), "") is TlsFault.TLS_ONLY
    with listening(certificates, "") as port:
        assert fault_of(kafka(port), "") is None
    assert fault_of(kafka(port), "") is None, "nobody listens there any more"


def test_a_reader_of_kafka_is_told(certificates: Path) -> None:
    """librdkafka itself ends with an unexplained timeout."""
    with listening(certificates, "good") as port:
        asked = kafka(port, security_protocol="ssl", ssl_ca_location=f"{certificates}/other.pem")
        with pytest.raises(RederiveError, match=f"TLS to Kafka at localhost:{port} .*{AUTHORITY}"):
            read_newest_cut(asked, "shop")
