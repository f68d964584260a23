"""Lakefront: the front end of a lakehouse, kept in git."""
