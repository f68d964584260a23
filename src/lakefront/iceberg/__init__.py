"""Iceberg tables of our own, past Trino: the catalog, and the shapes of tables. PyIceberg takes a second to load."""
