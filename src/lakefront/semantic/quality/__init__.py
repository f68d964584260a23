"""Quality rules: checked with the models, compiled into few scans, run on Trino, kept in an Iceberg table."""
