"""What the row engine keeps on disk: keys and rows as bytes, in one file, in key order."""
