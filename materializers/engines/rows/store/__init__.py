"""The row engine's storage: keys and rows as bytes, in one file, in key order."""
