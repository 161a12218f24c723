"""Apache Kafka, one KRaft node, from jars."""
