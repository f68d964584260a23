"""Trino: connections, identity, statistics."""

from lakefront.trino.client import Result, Trino

__all__ = ["Result", "Trino"]
