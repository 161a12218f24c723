"""Builds of views beside the live ones: rebuilds, edits, successions."""
