"""Rewrites of a parsed query into a simpler one of the same meaning, one a file."""
