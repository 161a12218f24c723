"""The state of a pipeline now: asked of its processes and of every server, and judged."""
