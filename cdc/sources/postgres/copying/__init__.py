"""Rows that are read by SQL and published: the first copy, and tables read anew."""
