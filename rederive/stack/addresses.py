"""Where the servers of one stack listen."""

from dataclasses import dataclass, fields
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Addresses:
    """One address for each server; None where the server was not asked for."""

    postgres_dsn: str | None = None
    kafka_bootstrap: str | None = None
    redis_url: str | None = None
    elasticsearch_url: str | None = None


FIELD_BY_SERVER = {
    "postgres": "postgres_dsn",
    "kafka": "kafka_bootstrap",
    "redis": "redis_url",
    "elasticsearch": "elasticsearch_url",
}
VARIABLE_BY_FIELD = {
    "postgres_dsn": "REDERIVE_POSTGRES_DSN",
    "kafka_bootstrap": "REDERIVE_KAFKA",
    "redis_url": "REDERIVE_REDIS_URL",
    "elasticsearch_url": "REDERIVE_ELASTICSEARCH_URL",
}


def write_environment(path: Path, addresses: Addresses) -> None:
    """Write NAME=value lines for the servers that run; remove the file where none does."""
    values = {field.name: getattr(addresses, field.name) for field in fields(addresses)}
    lines = [f"{VARIABLE_BY_FIELD[name]}={value}\n" for name, value in values.items() if value]
    if not lines:
        path.unlink(missing_ok=True)
        return
    temporary = path.with_suffix(".new")
    temporary.write_text("".join(lines))
    temporary.replace(path)
