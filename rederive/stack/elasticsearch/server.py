"""Elasticsearch: one development node without security, on the loopback address only.

The distribution is not on Maven Central, its jars are. The netty jars must be seen only by the
module `transport-netty4`; `GET /` is answered by a module of ours (DevRootPlugin.java), because the
distribution's own is not published; EmbeddedEs.java starts the node.
"""

import json
import shutil
import signal
import urllib.error
import urllib.request
from importlib.resources import files
from pathlib import Path
from string import Template

from rederive.stack.environment import cache_folder
from rederive.stack.errors import NotAnswering
from rederive.stack.java import find_java
from rederive.stack.maven.fetch import fetch_jars
from rederive.stack.maven.lock import read_lock
from rederive.stack.ports import HOST
from rederive.stack.report import Report
from rederive.stack.server import Ports

MEMORY = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
NETTY_GROUPS = ("io.netty:", "org.elasticsearch.plugin:transport-netty4:")
ASK_TIMEOUT_S = 2.0


class ElasticsearchServer:
    """Elasticsearch's own jars on a local Java; data in HOME/data."""

    name = "elasticsearch"
    port_names: tuple[str, ...] = ("http", "transport")
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = read_lock(files("rederive.stack.elasticsearch") / "jars.lock")
        self._jars = self._lock.folder(cache_folder())

    def prepare(self, ports: Ports, report: Report) -> None:
        """Fetch the jars, lay out modules and settings."""
        fetch_jars(self._lock, cache_folder(), report)
        report.say("prepare")
        for name in ("config", "data", "logs", "empty"):
            (self._home / name).mkdir(parents=True, exist_ok=True)
        here = files("rederive.stack.elasticsearch")
        template = Template((here / "elasticsearch.yml.template").read_text())
        folders = {"data": self._home / "data", "logs": self._home / "logs"}
        config = self._home / "config"
        (config / "elasticsearch.yml").write_text(template.substitute(ports, **folders))
        (config / "log4j2.properties").write_text((here / "log4j2.properties").read_text())
        self._lay_out_modules()

    def command(self, ports: Ports) -> list[str]:
        """`EmbeddedEs` in the foreground."""
        netty = set(self._netty_jars())
        here = Path(str(files("rederive.stack.elasticsearch")))
        jars = [path for path in self._lock.paths(cache_folder()) if path not in netty]
        classes = ":".join(str(path) for path in (here / "embedded-es.jar", *jars))
        options = [
            "--enable-native-access=ALL-UNNAMED",
            f"-Des.nativelibs.path={self._home / 'empty'}",
            f"-XX:ErrorFile={self._home}/java-crash.log",
        ]
        program = [str(find_java()), *MEMORY, *options]
        return [*program, "-cp", classes, "EmbeddedEs", str(self._home)]

    def address(self, ports: Ports) -> str:
        """The node's base URL."""
        return f"http://{HOST}:{ports['http']}"

    def ask(self, ports: Ports) -> str:
        """The cluster's health once it has a master, then the node's version."""
        wait = "/_cluster/health?wait_for_status=yellow&timeout=1s"
        self._get(ports, wait)
        answer = self._get(ports, "/")
        return f"Elasticsearch {answer['version']['number']}"

    def _get(self, ports: Ports, path: str) -> dict[str, dict[str, str]]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(self.address(ports) + path, timeout=ASK_TIMEOUT_S) as response:
                answer: dict[str, dict[str, str]] = json.load(response)
        except urllib.error.HTTPError as error:
            error.close()  # it is also the answer, and holds the connection
            raise NotAnswering(str(error)) from error
        except (OSError, ValueError) as error:
            raise NotAnswering(str(error)) from error
        return answer

    def _netty_jars(self) -> list[Path]:
        return [
            jar.path(self._jars)
            for jar in self._lock.jars
            if jar.coordinates.startswith(NETTY_GROUPS)
        ]

    def _lay_out_modules(self) -> None:
        modules = self._home / "modules"
        shutil.rmtree(modules, ignore_errors=True)
        here = Path(str(files("rederive.stack.elasticsearch")))
        jars = {"transport-netty4": self._netty_jars(), "dev-root": [here / "dev-root.jar"]}
        for module, paths in jars.items():
            folder = modules / module
            folder.mkdir(parents=True)
            descriptor = here / f"{module}.plugin-descriptor.properties"
            shutil.copyfile(descriptor, folder / "plugin-descriptor.properties")
            for path in paths:
                shutil.copyfile(path, folder / path.name)
