"""Texts, bytes, and patterns over them."""
