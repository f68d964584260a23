"""How addresses are signed that the explorer gives out, and how bytes are written in them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

#: Of HMAC-SHA256, as much as nobody guesses.
SIGNATURE_BYTES: Final = 16
#: No token of ours is longer.
LONGEST: Final = 1000


def sign(signing_key: str, purpose: bytes, *parts: bytes) -> bytes:
    """Return the signature of parts for one purpose (HMAC-SHA256, cut to 128 bits)."""
    message = b"\0".join((purpose, *parts))
    return hmac.new(signing_key.encode(), message, hashlib.sha256).digest()[:SIGNATURE_BYTES]


def url_safe(data: bytes) -> str:
    """Return bytes as letters that an address takes as they are (base64 of RFC 4648, 5, without padding)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sealed(signing_key: str, purpose: bytes, payload: bytes) -> str:
    """Return bytes and their signature as one token, which an address takes as it is."""
    return url_safe(sign(signing_key, purpose, payload) + payload)


def opened(signing_key: str, purpose: bytes, token: str) -> bytes | None:
    """Return the bytes of a token; None for one that was not sealed with this key for this purpose."""
    if not token.isascii() or len(token) > LONGEST:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    signature, payload = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    # The last character has bits that decode to nothing: a token has one spelling all the same.
    if url_safe(raw) != token:
        return None
    return payload if hmac.compare_digest(signature, sign(signing_key, purpose, payload)) else None
