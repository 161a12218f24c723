"""Certificates of the kinds that a client must tell apart, made by openssl, and a listener."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
_KINDS = (
    ("good", "DNS:localhost,IP:127.0.0.1", "30"),
    ("elsewhere", "DNS:elsewhere.example", "30"),
    ("expired", "DNS:localhost,IP:127.0.0.1", "-1"),
)


def make_certificates(folder: Path) -> None:
    """`ca.pem` and `other.pem` are authorities; the first has signed NAME.pem and NAME.key, where
    NAME is `good` (for localhost), `elsewhere` (for another host) or `expired`."""
    for name in ("ca", "other"):
        _openssl(folder, "req", "-x509", *_KEY, "-days", "30", "-subj", f"/CN={name}",
                 "-keyout", f"{name}.key", "-out", f"{name}.pem")  # fmt: skip
    for name, hosts, days in _KINDS:
        _openssl(folder, "req", *_KEY, "-subj", f"/CN={name}.example",
                 "-keyout", f"{name}.key", "-out", f"{name}.csr")  # fmt: skip
        (folder / "hosts").write_text(f"subjectAltName={hosts}\n")
        _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem",
                 "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                 "-days", days, "-extfile", "hosts")  # fmt: skip


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@contextmanager
def listening(certificates: Path, name: str, *, is_postgres: bool = False) -> Iterator[int]:
    """The port of a server that speaks TLS with the certificate of that name, or, with an empty
    one, breaks off where it is asked for TLS; PostgreSQL's clients ask for it in its protocol."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if name:
        context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
    with socket.create_server(("127.0.0.1", 0)) as server:
        served = (server, context if name else None, is_postgres)
        threading.Thread(target=_serve, args=served).start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket, context: ssl.SSLContext | None, is_postgres: bool) -> None:
    with suppress(OSError):
        while True:
            asked, _ = server.accept()
            asked.settimeout(10)
            with asked, suppress(OSError):
                if is_postgres:
                    asked.recv(8)
                    asked.sendall(b"S")
                if context is None:
                    asked.recv(100)
                    asked.sendall(b"-ERR this is no TLS\r\n")
                    continue
                with context.wrap_socket(asked, server_side=True) as secured:
                    secured.recv(100)
