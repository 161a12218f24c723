"""Refuses what PostgreSQL's parser refuses but sqlglot, which reads many dialects, accepts."""
