"""The replication slot, the log it keeps, and whether that log continues the newest cut."""
