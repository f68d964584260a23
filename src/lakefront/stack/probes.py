"""How components are asked whether they are ready."""

from __future__ import annotations

import httpx


def http_status(url: str, *, accept: tuple[int, ...] = (200,), timeout: float = 3.0) -> str | None:
    """Return None when `url` answers with an accepted status, else what happened, in words."""
    try:
        response = httpx.get(url, timeout=timeout, follow_redirects=False)
    except httpx.TimeoutException:
        return f"no answer within {timeout:.0f} s"
    except httpx.HTTPError as error:
        return f"no connection ({type(error).__name__})"
    return None if response.status_code in accept else f"answers with HTTP {response.status_code}"
