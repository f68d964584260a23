"""Does each part of the stack answer, how fast, and which version is it."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final, cast

import httpx

from lakefront.config import SERVICES, Settings, read_json
from lakefront.errors import LakefrontError, UnreachableError
from lakefront.media import objects
from lakefront.trino import BUSY, TOO_LATE, Trino
from language import later

#: Seconds after which a part that has not answered counts as not answering.
PATIENCE: Final = 2.5
#: What parts are called, and what there is not without them: for `t`.
TITLES: Final = {
    "objects": later("Object store"),
    "catalog": later("Catalog"),
    "trino": "Trino",
    "superset": "Superset",
    "explorer": later("Explorer"),
}
WITHOUT: Final = {
    "objects": later("Media cannot be fetched, and no table can be read."),
    "catalog": later("No table can be read."),
    "trino": later("The gallery and all dashboards have no data."),
    "superset": later("Dashboards cannot be opened; the gallery works."),
    "explorer": later("The explorer does not reach itself at its own address."),
}

#: What Trino's errors come to, which name its address themselves.
_OF_TRINO: Final = {TOO_LATE: "did not answer in time", BUSY: "takes nothing on for now"}


@dataclass(frozen=True)
class Health:
    """What one part answered. `latency` is in seconds; `problem` and `fix` are sentences that `sentences` knows."""

    name: str
    url: str
    up: bool
    latency: float | None = None
    version: str = ""
    problem: str = ""
    fix: str = ""

    @property
    def title(self) -> str:
        """What the part is called, for `t`."""
        return TITLES[self.name]

    def as_dict(self) -> dict[str, Any]:
        """Return what `/readyz` tells: no address, since anyone may ask."""
        milliseconds = None if self.latency is None else round(self.latency * 1000, 1)
        return {"up": self.up, "latency_ms": milliseconds, "problem": self.problem or None}


class HealthChecks:
    """Asks the parts side by side, each with a short limit. Safe to share between threads and people."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._http = httpx.Client(timeout=httpx.Timeout(PATIENCE, connect=1.0), trust_env=False)
        # Twice the number of parts: an answer that is overdue holds its thread a little while.
        self._pool = ThreadPoolExecutor(max_workers=2 * len(SERVICES), thread_name_prefix="health")

    def run(self, names: Sequence[str] = SERVICES, patience: float = PATIENCE) -> list[Health]:
        """Return the health of the named parts, in their order, after at most `patience` seconds."""
        # With the id of the request that wants to know.
        asked = {name: self._pool.submit(copy_context().run, self._check, name) for name in names}
        wait(asked.values(), timeout=patience)
        return [self._collect(name, future, patience) for name, future in asked.items()]

    def _collect(self, name: str, future: Future[Health], patience: float) -> Health:
        if future.done():
            return future.result()
        future.cancel()
        return self._down(name, f"did not answer within {patience:g} seconds")

    def _check(self, name: str) -> Health:
        checks: dict[str, Callable[[], str]] = {
            "objects": self._objects,
            "catalog": self._catalog,
            "trino": self._trino,
            "superset": self._superset,
            "explorer": self._explorer,
        }
        started = time.perf_counter()
        try:
            found = checks[name]()
        except (LakefrontError, httpx.HTTPError, ValueError) as error:
            return self._down(name, _in_words(error))
        service = self._settings.service(name)
        return Health(name, service.url, up=True, latency=time.perf_counter() - started, version=found)

    def _down(self, name: str, problem: str) -> Health:
        service = self._settings.service(name)
        fix = (
            f"Check the address of '{name}' in lakefront.toml ([env.{self._settings.env_name}]), or ask who runs it."
            if service.external
            else f"See `lakefront status` and `lakefront logs {name}`; start it with `lakefront up`."
        )
        return Health(name, service.url, up=False, problem=problem, fix=fix)

    def _get(self, name: str, path: str, accept: tuple[int, ...] = (200,)) -> httpx.Response:
        response = self._http.get(self._settings.service(name).url + path)
        if response.status_code not in accept:
            raise ValueError(f"answered with HTTP {response.status_code}")
        return response

    def _local_title(self, name: str) -> str:
        if self._settings.service(name).external:
            return ""
        components = cast("dict[str, dict[str, Any]]", read_json(self._settings.home.state_file).get("components", {}))
        return str(components.get(name, {}).get("title", ""))

    def _objects(self) -> str:
        # A listing, signed by hand: it proves the keys too, takes the short limits of this module, and by its prefix
        # takes equally long however much there is in the bucket.
        settings = self._settings
        address = objects.signed_url(
            settings.service("objects").url,
            settings.env.media_bucket,
            region=settings.env.region,
            access_key=settings.secrets.s3_access_key,
            secret_key=settings.secrets.s3_secret_key,
            signed_at=dt.datetime.now(dt.UTC),
            expires=60,
            query={"list-type": "2", "max-keys": "1", "prefix": ".lakefront-health/"},
        )
        answer = self._http.get(address)
        if answer.status_code != 200:
            raise ValueError(f"answered a listing of '{settings.env.media_bucket}' with HTTP {answer.status_code}")
        return self._local_title("objects") or answer.headers.get("server", "S3")

    def _catalog(self) -> str:
        # A catalog that wants a login answers 401: it is there.
        self._get("catalog", "/v1/config", accept=(200, 401, 403))
        return self._local_title("catalog") or "Iceberg REST"

    def _trino(self) -> str:
        # Reads through the catalog: an engine that is up but cannot reach its tables is of no use here.
        trino = Trino.from_settings(self._settings, source="lakefront-health", timeout=PATIENCE)
        trino.query("SELECT count(*) FROM information_schema.schemata")
        info = self._get("trino", "/v1/info").json()
        return f"Trino {info['nodeVersion']['version']}"

    def _superset(self) -> str:
        self._get("superset", "/health")
        answer = self._http.get(self._settings.service("superset").url + "/static/version_info.json")
        if answer.status_code != 200:
            return "Superset"
        return f"Superset {answer.json().get('version', '')}".strip()

    def _explorer(self) -> str:
        self._get("explorer", "/healthz")
        return f"Lakefront {version('lakefront')}, Streamlit {version('streamlit')}"


def _in_words(error: Exception) -> str:
    if isinstance(error, UnreachableError):
        return _OF_TRINO.get(error.code, "does not answer")
    if isinstance(error, LakefrontError):
        return error.what
    if isinstance(error, httpx.TimeoutException):
        return "did not answer in time"
    if isinstance(error, httpx.HTTPError):
        return "does not accept connections"
    return str(error)


def problems(found: Sequence[Health]) -> Iterator[Health]:
    """Yield what does not answer."""
    return (health for health in found if not health.up)
