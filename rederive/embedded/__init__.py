"""Capture and a pipeline in threads of one's own process; see docs/python.md."""
