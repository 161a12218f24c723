"""PostgreSQL's types as the engine keeps them, and their values as texts."""
