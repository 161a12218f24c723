"""Derived views: SQL kept by deltas from change topics, and delivered to sinks at exact cuts."""
