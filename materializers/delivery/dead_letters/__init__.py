"""Rows that a target refuses, set aside in a topic while the others are delivered."""
