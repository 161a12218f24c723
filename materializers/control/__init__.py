"""What other processes ask of a pipeline, and the answers."""
