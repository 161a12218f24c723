"""Elasticsearch, one development node without security, from jars."""
