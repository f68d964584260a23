"""Permits to export: for a few minutes, one person's right to fetch what a page offered her, in one format.

A permit is in no address. It says what it is for by a digest only: the query comes beside it.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any, Final, cast

from lakefront.errors import NotAllowedError
from lakefront.media.export.wanted import FORMATS, Format, digest_of
from lakefront.media.signing import opened, sealed

#: How long an offer is good for.
LIFETIME: Final = dt.timedelta(minutes=15)
_PURPOSE: Final = b"lakefront export v1"


@dataclass(frozen=True)
class Permit:
    """Who may fetch what until when: `digest` is that of `Wanted.text`, `expires` is in seconds since 1970."""

    viewer: str
    format: Format
    digest: str
    expires: int


def write_permit(signing_key: str, viewer: str, of: Format, text: str, *, now: dt.datetime) -> str:
    """Return a permit as a token. `text`: what is exported, by `Wanted.text`."""
    said = [viewer, of, digest_of(text), int((now + LIFETIME).timestamp())]
    return sealed(signing_key, _PURPOSE, json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())


def read_permit(signing_key: str, token: str, *, now: dt.datetime) -> Permit:
    """Return the permit of a token. Raises NotAllowedError (`export-permit`)."""
    payload = opened(signing_key, _PURPOSE, token)
    if payload is None:
        raise _refused("this export was not offered by the explorer")
    viewer, of, digest, expires = cast("list[Any]", json.loads(payload))
    if of not in FORMATS or now.timestamp() >= expires:
        raise _refused("this offer is too old")
    return Permit(viewer, of, digest, expires)


def _refused(what: str) -> NotAllowedError:
    return NotAllowedError("export-permit", what, fix="open the menu of exports again, and choose there")
