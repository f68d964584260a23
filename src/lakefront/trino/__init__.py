"""Trino: connections, identity, statistics."""

from lakefront.trino.client import BUSY, COMMIT_FAILED, PART_NOT_RUNNING, TOO_LONG, Result, Trino, part_not_running
from lakefront.trino.session import TOO_LATE

__all__ = ["BUSY", "COMMIT_FAILED", "PART_NOT_RUNNING", "TOO_LATE", "TOO_LONG", "Result", "Trino", "part_not_running"]
