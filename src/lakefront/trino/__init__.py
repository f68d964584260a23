"""Trino: connections, identity, statistics."""

from lakefront.trino.client import PART_NOT_RUNNING, TOO_LONG, Result, Trino

__all__ = ["PART_NOT_RUNNING", "TOO_LONG", "Result", "Trino"]
