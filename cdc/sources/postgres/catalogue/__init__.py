"""The catalogue: definitions of tables, the publication, and what changes to them entail."""
