"""Reads the topics: the records up to a cut, in order."""
