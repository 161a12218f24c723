"""HTTP endpoints of a process: liveness, readiness, status, metrics and waiting."""
