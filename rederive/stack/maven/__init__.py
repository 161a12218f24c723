"""Jars by lock file: coordinates and sha256, by mvn or plain HTTPS, once, into the cache."""
