"""Change data capture: from a database's change log to compacted Kafka topics, exactly once."""

__version__ = "0.1.0"
