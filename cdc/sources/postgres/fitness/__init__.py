"""Whether a table can be captured: one answer for `check`, the start and the watch."""
