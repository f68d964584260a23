"""The orders that assets can be read in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Sort = Literal["newest", "oldest", "largest", "smallest", "name"]
#: What assets are sorted by: a time, a number of bytes, or the beginning of a title.
Value = dt.datetime | int | str


@dataclass(frozen=True)
class Order:
    """What assets are sorted by, ties by id the same way. `key` is an expression that is never NULL."""

    key: str
    falling: bool = False
    by_time: bool = False


# A policy may keep titles and sizes from a person. Of a title, as much counts as an address can carry.
_NAME: Final = "substr(lower(coalesce(title, '')), 1, 64)"
_SIZE: Final = "coalesce(file_size, 0)"
ORDERS: Final[Mapping[Sort, Order]] = {
    "newest": Order("upload_time", falling=True, by_time=True),
    "oldest": Order("upload_time", by_time=True),
    "largest": Order(_SIZE, falling=True),
    "smallest": Order(_SIZE),
    "name": Order(_NAME),
}
