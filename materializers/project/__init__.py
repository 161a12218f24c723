"""The project: its file, its views' files, and what refers to what."""
