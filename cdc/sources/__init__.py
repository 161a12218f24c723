"""The databases that changes are captured from, one folder each."""
