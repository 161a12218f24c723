"""The project: its file, its view files, and the references between views."""
