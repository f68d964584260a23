"""Addresses under which a page asks whether an original is in the object store."""

from __future__ import annotations

import hmac
from typing import Final
from urllib.parse import quote

from lakefront.media.signing import sign, url_safe

_PURPOSE: Final = b"lakefront original v1"


def presence_address(signing_key: str, original: str) -> str:
    """Return the address from the explorer's root. `original`: an S3 path."""
    return f"/api/original?of={quote(original, safe='')}&sig={_signature(signing_key, original)}"


def may_ask(signing_key: str, original: str, signature: str) -> bool:
    """Tell whether an address is one of ours; takes equally long for every wrong signature."""
    return hmac.compare_digest(_signature(signing_key, original).encode(), signature.encode())


def _signature(signing_key: str, original: str) -> str:
    return url_safe(sign(signing_key, _PURPOSE, original.encode()))
