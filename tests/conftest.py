"""Plugins of the whole run."""

pytest_plugins = ["tests.fix_servers"]
