"""A view's SQL -> typed relations with PostgreSQL's meaning. Knows no engine."""
