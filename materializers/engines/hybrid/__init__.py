"""The engine that keeps a view by whichever of the two others is cheaper for it."""
