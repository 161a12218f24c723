"""The demo: the flights example from an empty machine to a table of differences."""
