"""New builds of views beside the live ones: rebuilds, edits, successions."""
