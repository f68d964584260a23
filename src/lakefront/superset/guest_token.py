"""Tokens that let a page show somebody a dashboard in a frame: JSON Web Tokens (RFC 7519), signed with HS256.

They are signed where the page is made: its server knows who looks, and needs neither an account in Superset nor a
request for each person. What Superset makes of them is in deploy/superset/guests.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import OctKey

#: Seconds that a token holds; Superset takes none that holds longer.
LIFE: Final = 300
#: A server whose clock is behind by so much takes a token for one of now.
_SKEW: Final = 10


def guest_token(
    secret: str,
    environment: str,
    person: str,
    dashboards: Iterable[str],
    *,
    now: float,
    rows: Mapping[int, str] | None = None,
) -> str:
    """Return a token that shows `person` these dashboards, with the rows and columns that Trino shows her.

    `dashboards`: uuids; `now`: seconds since 1970; `rows`: number of a dataset in Superset -> condition in SQL, which
    narrows what she sees further.
    """
    issued = int(now) - _SKEW
    claims = {
        "user": {"username": person, "first_name": person, "last_name": "-"},
        "resources": [{"type": "dashboard", "id": uuid} for uuid in dashboards],
        "rls_rules": [{"dataset": number, "clause": clause} for number, clause in (rows or {}).items()],
        "iat": issued,
        "exp": issued + LIFE,
        "aud": f"lakefront-guest:{environment}",
        "type": "guest",
    }
    return signed(claims, secret)


def signed(claims: Mapping[str, Any], secret: str) -> str:
    """Return claims as a token."""
    return jwt.encode({"alg": "HS256"}, dict(claims), OctKey.import_key(secret))
