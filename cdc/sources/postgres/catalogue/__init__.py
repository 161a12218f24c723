"""What PostgreSQL's catalogue says of tables and the publication, and what a change there means."""
