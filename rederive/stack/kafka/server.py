"""Kafka: one node that is broker and controller, set up to compact and rebalance quickly."""

import base64
import shutil
import signal
import uuid
from importlib.resources import files
from pathlib import Path
from string import Template

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from rederive.stack.environment import cache_folder
from rederive.stack.errors import NotAnswering, StackError
from rederive.stack.java import find_java
from rederive.stack.maven.fetch import fetch_jars
from rederive.stack.maven.lock import read_lock
from rederive.stack.ports import HOST
from rederive.stack.report import Report
from rederive.stack.server import Ports
from rederive.stack.tool import run_tool

MEMORY = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
FORMAT_TIMEOUT_S = 120.0
ASK_TIMEOUT_S = 2.0


class KafkaServer:
    """Apache Kafka's own jars on a local Java; data in HOME/data."""

    name = "kafka"
    port_names: tuple[str, ...] = ("broker", "controller")
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)

    def __init__(self, home: Path) -> None:
        self._home = home
        self._data = home / "data"
        self._settings = home / "server.properties"
        self._logging = home / "log4j2.properties"
        self._lock = read_lock(files("rederive.stack.kafka") / "jars.lock")
        self._jars = self._lock.folder(cache_folder())

    def prepare(self, ports: Ports, report: Report) -> None:
        """Fetch the jars, write the settings, format the data folder once."""
        fetch_jars(self._lock, cache_folder(), report)
        self._home.mkdir(parents=True, exist_ok=True)
        here = files("rederive.stack.kafka")
        template = Template((here / "server.properties.template").read_text())
        self._settings.write_text(template.substitute(ports, data=self._data))
        self._logging.write_text((here / "log4j2.properties").read_text())
        if not (self._data / "meta.properties").exists():
            report.say("format the data folder")
            self._format()

    def command(self, ports: Ports) -> list[str]:
        """`kafka.Kafka` in the foreground."""
        return [*self._java(), *MEMORY, *self._classes(), "kafka.Kafka", str(self._settings)]

    def address(self, ports: Ports) -> str:
        """A value for `bootstrap.servers`."""
        return f"{HOST}:{ports['broker']}"

    def ask(self, ports: Ports) -> str:
        """Metadata, in which the broker names itself once it is unfenced."""
        client = AdminClient({"bootstrap.servers": self.address(ports), "log_level": 0})
        try:
            metadata = client.list_topics(timeout=ASK_TIMEOUT_S)
        except KafkaException as error:
            raise NotAnswering(str(error)) from error
        if not metadata.brokers:
            raise NotAnswering("no broker in the metadata")
        return f"Kafka {self._lock.version('org.apache.kafka:kafka_2.13')}"

    def _java(self) -> list[str]:
        log_settings = f"-Dlog4j2.configurationFile={self._logging}"
        return [str(find_java()), f"-XX:ErrorFile={self._home}/java-crash.log", log_settings]

    def _classes(self) -> list[str]:
        return ["-cp", f"{self._jars}/*"]

    def _format(self) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # In one word: as a word of its own, an id that begins with "-" is taken for an option
        named = f"--cluster-id={cluster_id}"
        tool = ["kafka.tools.StorageTool", "format", named, "-c", str(self._settings)]
        shutil.rmtree(self._data, ignore_errors=True)
        command = [*self._java(), "-XX:TieredStopAtLevel=1", *self._classes(), *tool]
        made = run_tool(command, FORMAT_TIMEOUT_S)
        if made.returncode != 0:
            shutil.rmtree(self._data, ignore_errors=True)
            words = (made.stderr or made.stdout).strip()
            raise StackError(f"Kafka's data folder {self._data} cannot be formatted: {words}")
