"""How addresses are signed that the explorer gives out, and how bytes are written in them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

#: Of HMAC-SHA256, as much as nobody guesses.
SIGNATURE_BYTES: Final = 16


def sign(signing_key: str, purpose: bytes, *parts: bytes) -> bytes:
    """Return the signature of parts for one purpose (HMAC-SHA256, cut to 128 bits)."""
    message = b"\0".join((purpose, *parts))
    return hmac.new(signing_key.encode(), message, hashlib.sha256).digest()[:SIGNATURE_BYTES]


def url_safe(data: bytes) -> str:
    """Return bytes as letters that an address takes as they are (base64 of RFC 4648, 5, without padding)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
