"""Whether a table can be captured: said once, for `check`, the start and the watch."""
