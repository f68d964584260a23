"""Who asked what: Trino's events of finished queries, received, kept safe on disk, and written to an Iceberg table.

`listener` tells Trino where to send them. `receiver` answers as soon as an event is in the `spool`; `writer` appends
what waits there to the `table`, in batches, and `upkeep` keeps that table small.
"""
