"""The local servers themselves."""
