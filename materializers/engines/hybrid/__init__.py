"""The engine that maintains each view by the cheaper one of the two others."""
