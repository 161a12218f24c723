"""Watches the catalogue while capture runs, and acts on its changes."""
