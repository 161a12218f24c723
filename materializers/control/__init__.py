"""Requests of other processes to a pipeline, and the answers."""
