"""Relations and expressions as people read them: in PostgreSQL's words."""
