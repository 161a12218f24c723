"""The log: bytes, messages, and the records that they become."""
