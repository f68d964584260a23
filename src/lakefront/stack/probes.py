"""How components are asked whether they are ready."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


def ask(url: str, *, timeout: float = 3.0) -> httpx.Response:
    """Return the answer to a GET, without following redirects. Raises httpx.HTTPError."""
    return httpx.get(url, timeout=timeout, follow_redirects=False, verify=_certificates())


def http_status(url: str, *, accept: tuple[int, ...] = (200,), timeout: float = 3.0) -> str | None:
    """Return None when `url` answers with an accepted status, else what happened, in words."""
    try:
        response = ask(url, timeout=timeout)
    except httpx.TimeoutException:
        return f"no answer within {timeout:.0f} s"
    except httpx.HTTPError as error:
        return f"no connection ({type(error).__name__})"
    return None if response.status_code in accept else f"answers with HTTP {response.status_code}"


@cache
def _certificates() -> ssl.SSLContext:
    # httpx would read the file of certificates for each request, 50 ms of a core: components that start are asked four
    # times a second each.
    return httpx.create_ssl_context()
