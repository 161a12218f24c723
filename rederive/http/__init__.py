"""Health over HTTP: whether a process lives, is ready, what its status is, and its metrics."""
