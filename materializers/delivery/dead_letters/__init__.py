"""Rows that a target refuses, set aside in a topic of their own while the others flow."""
