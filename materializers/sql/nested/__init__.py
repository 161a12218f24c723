"""Decorrelates nested SELECTs and LATERAL: turns them into joins."""
