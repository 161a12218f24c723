"""The command `rederive`: wires capture, materializers and local servers together for people."""
