"""The Iceberg catalog of an environment, and its errors in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import requests
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import ForbiddenError, RESTError, UnauthorizedError
from requests.adapters import HTTPAdapter

from lakefront.config import Settings
from lakefront.errors import LakefrontError, NotAllowedError, UnreachableError

_T = TypeVar("_T")
_PATIENCE: Final = "lakefront.patience"


class _Hurried(HTTPAdapter):
    """Waits so many seconds for an answer and no longer."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def send(self, *arguments: Any, **options: Any) -> requests.Response:
        return super().send(*arguments, **options | {"timeout": self._seconds})


class _Catalog(RestCatalog):
    """PyIceberg waits for ever for a catalog that takes a connection and does not answer."""

    def _create_session(self) -> requests.Session:
        session = super()._create_session()
        if _PATIENCE in self.properties:
            session.mount(self.uri, _Hurried(float(self.properties[_PATIENCE])))
        return session


def connect(settings: Settings, *, patience: float | None = None) -> RestCatalog:
    """Return the catalog. `patience`: seconds that it and its files may take to answer; None for as
    long as they like.

    Raises UnreachableError (`catalog-unreachable`) or NotAllowedError (`catalog-denied`).
    """
    url = settings.service("catalog").url
    properties = {
        "uri": url,
        "warehouse": f"s3://{settings.env.warehouse_bucket}/",
        "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
        "s3.endpoint": settings.service("objects").url,
        "s3.region": settings.env.region,
        "s3.access-key-id": settings.secrets.s3_access_key,
        "s3.secret-access-key": settings.secrets.s3_secret_key,
        "s3.connect-timeout": "5",
        "s3.request-timeout": "60",
    }
    if patience is not None:
        properties |= {
            _PATIENCE: str(patience),
            "s3.connect-timeout": str(patience),
            "s3.request-timeout": str(patience),
            "s3.retry-strategy-impl": "lakefront.iceberg.retries.OneAttempt",
        }
    return answered(url, lambda: _Catalog("lakefront", **properties))


def answered(url: str, ask: Callable[[], _T]) -> _T:
    """Return what the catalog at `url` answers. Raises as `translate`."""
    try:
        return ask()
    except (requests.RequestException, RESTError, OSError) as error:
        raise translate(error, url) from error


def translate(error: Exception, url: str) -> LakefrontError:
    """Return our error for one of PyIceberg's or of the HTTP library's."""
    if isinstance(error, ForbiddenError | UnauthorizedError):
        return NotAllowedError(
            "catalog-denied", f"the catalog at {url} refuses: {error}", fix="ask for the right to write to it"
        )
    if isinstance(error, RESTError):  # a commit of unknown outcome is one of these, too
        return UnreachableError(
            "catalog-failed", f"the catalog at {url} failed: {error}", fix="see `lakefront logs catalog`"
        )
    return UnreachableError(
        "catalog-unreachable",
        f"the catalog at {url}, or the object store behind it, does not answer ({type(error).__name__})",
        fix="start them with `lakefront up`, or correct their addresses in lakefront.toml",
    )
