"""Views: SQL maintained by deltas from change topics, delivered to sinks at exact cuts."""
