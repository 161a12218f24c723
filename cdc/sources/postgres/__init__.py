"""PostgreSQL as a source: its catalog, its replication stream and its snapshot."""
