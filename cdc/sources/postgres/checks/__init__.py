"""`rederive check` of a source, and the SQL that gives capture its rights."""
