"""Publishes rows read by SQL: the first copy, and tables read again."""
