"""Engines, which maintain views; one a folder."""
