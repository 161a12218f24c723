"""Translates Elasticsearch's errors into one line with a fix."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import elasticsearch

from cdc.tls import TlsFault, TlsSettings, fault_in_text, named
from materializers.errors import SinkError

RETRYABLE_STATUS = (408, 429, 502, 503, 504)


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Raises SinkError for the client's errors; `name` is the connection's."""
    try:
        yield
    except elasticsearch.ApiError as error:
        raise of_status(name, error.status_code, reason_of(error.body)) from error
    except elasticsearch.TransportError as error:
        raise _of_transport(name, error) from error
    except (ValueError, TypeError) as error:
        raise SinkError(
            f"sink {name}: the Elasticsearch client refuses its settings: {error}.",
            fix=f"correct [sink.{name}] in rederive.toml.",
        ) from error


def reason_of(body: object) -> str:
    """The server's reason, from an error answer or a failed item of a bulk request."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return str(error)
    cause = error.get("caused_by")
    reason = str(error.get("reason", error))
    return f"{reason} ({reason_of(cause)})" if isinstance(cause, dict) else reason


def of_status(name: str, status: int, reason: str) -> SinkError:
    """The SinkError for an HTTP status and the server's reason."""
    reason = " ".join(reason.split()).rstrip(".")
    if status == 401:
        return SinkError(
            f"sink {name}: Elasticsearch refuses the credentials: {reason}.",
            fix=f"correct api_key or basic_auth in [sink.{name}].",
        )
    if status == 403 and "blocked by" not in reason:
        return SinkError(
            f"sink {name}: Elasticsearch forbids this: {reason}.",
            fix="grant the role `manage`, `read` and `write` on the sink's indices and rederive-*.",
        )
    if "flood-stage" in reason or "read-only-allow-delete" in reason:
        return SinkError(
            f"sink {name}: Elasticsearch's disk is full: {reason}.",
            fix="free or add disk space; the server lifts the block by itself.",
            is_retryable=True,
        )
    if status == 403 and "index write (api)" in reason:
        return SinkError(
            f"sink {name}: an index has a write block: {reason}.",
            fix='remove it: PUT <index>/_settings {"index.blocks.write": null}.',
            is_retryable=True,
        )
    answers = f"sink {name}: Elasticsearch answers {status}"
    # The next attempt finds what is missing, and creates it.
    is_retryable = status in (*RETRYABLE_STATUS, 404)
    error = SinkError(f"{answers}: {reason}.", is_retryable=is_retryable)
    if status not in RETRYABLE_STATUS:
        error.without_values = f"{answers}: it refuses a document or a request."
    return error


def _of_transport(name: str, error: elasticsearch.TransportError) -> SinkError:
    message = " ".join(str(error.message).split())
    if isinstance(error, elasticsearch.ConnectionTimeout):
        return SinkError(
            f"sink {name}: Elasticsearch does not answer in time: {message}.",
            fix=f"look at the server's load, or raise request_timeout in [sink.{name}].",
            is_retryable=True,
        )
    is_tls = isinstance(error, elasticsearch.SSLError)
    if is_tls and (fault := fault_in_text(message)) is not None:
        return SinkError(
            f"sink {name}: TLS to Elasticsearch fails: {named(fault, message)}.",
            fix=f"{_tls_settings(name).fix(fault)}.",
            is_retryable=fault is TlsFault.EXPIRED,
        )
    return SinkError(
        f"sink {name}: Elasticsearch cannot be reached: {message}.",
        fix=f"correct ca_certs or verify_certs in [sink.{name}]."
        if is_tls
        else f"start it, or correct hosts in [sink.{name}]; https:// where it speaks TLS.",
        is_retryable=not is_tls,
    )


def _tls_settings(name: str) -> TlsSettings:
    place = f"hosts of [sink.{name}]"
    return TlsSettings(
        f"ca_certs in [sink.{name}]",
        f"write https:// in {place}", f"write http:// in {place}",
    )  # fmt: skip
