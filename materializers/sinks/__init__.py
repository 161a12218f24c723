"""Targets that keep views: one Protocol, and one leaf package for each kind of target."""
