"""Contract suites: one for each Protocol, run by every implementation of it."""
