"""What `rederive check` says of a source, and the SQL that gives capture its rights."""
