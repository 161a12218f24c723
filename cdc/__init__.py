"""Change data capture: from a database's change log to compacted Kafka topics, exactly once."""
