"""Page tokens: where a page starts, signed, so that nobody makes one up or takes it to another list.

A token says no more than the page before it showed: the last asset's place, and the snapshot that the walk reads.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final, cast

from lakefront.errors import BadInputError
from lakefront.media.filters import AssetFilter
from lakefront.media.orders import ORDERS, Sort, Value
from lakefront.media.signing import opened, sealed, url_safe
from lakefront.semantic.query import AsOf

#: Code of the error for a token that is not ours, or is another list's.
BAD_TOKEN: Final = "page-token"  # noqa: S105 - the name of an error
_PURPOSE: Final = b"lakefront page v1"
_DIGEST_BYTES: Final = 12


@dataclass(frozen=True)
class Place:
    """After which value and id a page starts, in which order.

    `asset_id` is empty at the edge of a day that was read to its end. `snapshot`: the one that the walk is pinned to.
    """

    sort: Sort
    value: Value
    asset_id: str
    snapshot: int | None = None


def write_token(signing_key: str, place: Place, wanted: AssetFilter, as_of: AsOf | None = None) -> str:
    """Return a place of a list as a token of URL-safe characters."""
    value = place.value
    plain = value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else value
    said = [place.sort, plain, place.asset_id, place.snapshot, _digest(wanted, as_of)]
    payload = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return sealed(signing_key, _PURPOSE, payload)


def read_token(signing_key: str, token: str, sort: Sort, wanted: AssetFilter, as_of: AsOf | None = None) -> Place:
    """Return the place that a token of this very list names. Raises BadInputError (`page-token`)."""
    payload = opened(signing_key, _PURPOSE, token)
    if payload is None:
        raise BadInputError(BAD_TOKEN, "this page token is not one of ours, or was altered", fix="start at page one")
    kept_sort, value, asset_id, snapshot, digest = cast("list[Any]", json.loads(payload))
    if kept_sort != sort or digest != _digest(wanted, as_of):
        raise BadInputError(
            BAD_TOKEN,
            "this page token belongs to a list with another filter, order or time",
            fix="give the filter, the order and the as-of of the page that it came with, or start at page one",
        )
    return Place(sort, dt.datetime.fromisoformat(value) if ORDERS[sort].by_time else value, asset_id, snapshot)


def _digest(wanted: AssetFilter, as_of: AsOf | None) -> str:
    """Return a short text that differs between filters; the order of their values does not count."""
    plain: dict[str, Any] = {
        name: sorted(set(cast("tuple[str, ...]", value))) if isinstance(value, tuple) else value
        for name, value in dataclasses.asdict(wanted).items()
    }
    told = json.dumps([plain, as_of and [as_of.kind, str(as_of)]], default=str, sort_keys=True)
    return url_safe(hashlib.sha256(told.encode()).digest()[:_DIGEST_BYTES])
