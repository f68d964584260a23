"""Asset ids: UUIDv7 (RFC 9562, 5.7), so that ids sort by time and a lookup by id knows which day to read."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def new_id(at: dt.datetime) -> str:
    """Return a fresh id for something that came in at `at` (with a time zone)."""
    return str(_build(at, int.from_bytes(secrets.token_bytes(10), "big")))


def stable_id(at: dt.datetime, *parts: str) -> str:
    """Return the id that this time and these parts always give: for samples and for replays."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return str(_build(at, int.from_bytes(digest[:10], "big")))


def time_of(asset_id: str) -> dt.datetime | None:
    """Return the time in an id, to the millisecond, or None when it is not a UUIDv7."""
    try:
        value = uuid.UUID(asset_id)
    except ValueError:
        return None
    if value.version != 7:
        return None
    try:
        return _EPOCH + dt.timedelta(milliseconds=value.int >> 80)
    except OverflowError:  # the 48 bits reach beyond the year 9999
        return None


def _build(at: dt.datetime, random_bits: int) -> uuid.UUID:
    milliseconds = (at - _EPOCH) // dt.timedelta(milliseconds=1)
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 7 << 76
    value |= (random_bits >> 68 & 0xFFF) << 64
    value |= 0b10 << 62
    value |= random_bits & (1 << 62) - 1
    return uuid.UUID(int=value)
