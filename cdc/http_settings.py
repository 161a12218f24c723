"""`[http]` of the project file: where the processes serve health and metrics."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from cdc.config_file import Section

LOOP_SILENT_MAX_S = 300.0
_ADDRESS = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:\s]+)):(?P<port>\d{1,5})")


@dataclass(frozen=True, slots=True)
class Address:
    """A listening address; port 0 for any free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address | None:
        """`127.0.0.1:9464`, `localhost:9464`, `[::1]:9464`; None for anything else."""
        match = _ADDRESS.fullmatch(text.strip())
        if match is None or int(match["port"]) > 65535:
            return None
        return cls(match["v6"] or match["host"], int(match["port"]))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Addresses by process, None for no server. `loop_silent_max_s`: a process whose loop has made
    no progress for longer is not alive."""

    capture: Address | None = None
    materialize: Address | None = None
    loop_silent_max_s: float = LOOP_SILENT_MAX_S

    def of(self, process: str) -> Address | None:
        """The address of the process of this name."""
        return self.capture if process == "capture" else self.materialize


def read_http(root: Section) -> HttpSettings:
    """The `[http]` table."""
    section = root.table("http")
    settings = HttpSettings(
        capture=_address(section, "capture"),
        materialize=_address(section, "materialize"),
        loop_silent_max_s=section.seconds("loop_silent_max_s", LOOP_SILENT_MAX_S),
    )
    same = settings.capture is not None and settings.capture == settings.materialize
    if same and settings.capture is not None and settings.capture.port:
        fix = "give each process a port of its own."
        section.problems.add(section.key("materialize"), "is the address of capture too.", fix)
    section.finish()
    return settings


def _address(section: Section, name: str) -> Address | None:
    text = section.text(name, "")
    if not text:
        return None
    address = Address.parse(text)
    if address is None:
        section.problems.add(
            section.key(name), f"{text!r} is no address.", 'write it as "127.0.0.1:9464".'
        )
    return address
