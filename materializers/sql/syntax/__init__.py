"""What PostgreSQL's parser refuses and sqlglot's, which reads many dialects, does not."""
