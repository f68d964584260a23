"""Grafana's HTTP API, as versions 9.3 to 13 have it: one session with a token, and clear errors.

https://grafana.com/docs/grafana/latest/developers/http_api/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self, cast

import httpx

from lakefront.config import Settings
from lakefront.errors import BadInputError, CheckFailedError, LakefrontError, NotAllowedError, UnreachableError

_PAGE: Final = 1000
#: How far back the history of a dashboard is read; Grafana itself keeps 20 by default.
_VERSIONS: Final = 100
#: Who a Grafana of the local stack is asked as, where no token is given.
LOCAL_ADMIN: Final = "admin"
_TOKENS: Final = ("LAKEFRONT_GRAFANA_TOKEN", "GRAFANA_TOKEN")
Json = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """A dashboard in the list of all."""

    uid: str
    title: str
    folder_uid: str


@dataclass(frozen=True)
class LiveDashboard:
    """A dashboard as a server has it. `version`: counted up by each save; `url`: below the server's address."""

    data: Json
    folder_uid: str
    version: int
    url: str
    provisioned: bool


@dataclass(frozen=True)
class Version:
    """One save of a dashboard, with what was said of it."""

    number: int
    message: str


class GrafanaClient:
    """A session. Use it as a context manager.

    Raises UnreachableError (`grafana-unreachable`), NotAllowedError (`grafana-login`, `grafana-denied`) or
    CheckFailedError (`grafana-refused`, `grafana-changed`) with what the server says. The token is in none of them.
    """

    def __init__(self, url: str, auth: str | tuple[str, str], *, timeout: float = 30.0) -> None:
        """`auth`: a token, or the name and the password of a user."""
        self.url = url.rstrip("/")
        bearer = {"Authorization": f"Bearer {auth}"} if isinstance(auth, str) else {}
        self._http = httpx.Client(
            base_url=self.url,
            timeout=httpx.Timeout(timeout, connect=5.0),
            headers={"Accept": "application/json", "User-Agent": "lakefront", **bearer},
            auth=None if isinstance(auth, str) else auth,
        )

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return a session with the environment's Grafana. Raises BadInputError, NotAllowedError."""
        return cls(grafana_url(settings), _auth(settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def folder(self, uid: str) -> str | None:
        """Return the title of a folder; None where there is none."""
        found = self._find(f"/api/folders/{uid}")
        return str(found.get("title")) if found is not None else None

    def create_folder(self, uid: str, title: str) -> None:
        """Make a folder."""
        self._ask("POST", "/api/folders", json={"uid": uid, "title": title})

    def dashboards(self) -> Iterator[Found]:
        """Yield all dashboards that this token may see."""
        page = 1
        while True:
            query = {"type": "dash-db", "limit": str(_PAGE), "page": str(page)}
            rows = cast("list[Json]", self._ask("GET", "/api/search", params=query))
            for row in rows:
                yield Found(str(row["uid"]), str(row.get("title") or ""), str(row.get("folderUid") or ""))
            if len(rows) < _PAGE:
                return
            page += 1

    def dashboard(self, uid: str) -> LiveDashboard | None:
        """Return a dashboard; None where there is none."""
        found = self._find(f"/api/dashboards/uid/{uid}")
        if found is None:
            return None
        data, meta = cast("Json", found["dashboard"]), cast("Json", found.get("meta") or {})
        return LiveDashboard(
            data=data,
            folder_uid=str(meta.get("folderUid") or ""),
            version=int(data.get("version") or meta.get("version") or 0),
            url=str(meta.get("url") or f"/d/{uid}"),
            provisioned=bool(meta.get("provisioned")),
        )

    def save(self, data: Mapping[str, Any], folder_uid: str, message: str, *, over: int | None) -> str:
        """Write a dashboard and return its path. `over`: the version that it replaces; None for a new one.

        Raises CheckFailedError (`grafana-changed`) when somebody saved it meanwhile.
        """
        body = {**data, "id": None, "version": over or 0}
        said = {"dashboard": body, "folderUid": folder_uid, "message": message, "overwrite": False}
        answer = cast("Json", self._ask("POST", "/api/dashboards/db", json=said))
        return str(answer.get("url") or f"/d/{data['uid']}")

    def delete(self, uid: str) -> None:
        """Delete a dashboard."""
        self._ask("DELETE", f"/api/dashboards/uid/{uid}")

    def versions(self, uid: str) -> list[Version]:
        """Return the saves of a dashboard, the newest first."""
        answer = self._ask("GET", f"/api/dashboards/uid/{uid}/versions", params={"limit": str(_VERSIONS)})
        # Up to Grafana 11 a list, later one inside of a page.
        rows = cast("list[Json]", answer.get("versions") or [] if isinstance(answer, dict) else answer)
        found = [Version(int(row["version"]), str(row.get("message") or "")) for row in rows]
        return sorted(found, key=lambda item: -item.number)

    def version(self, uid: str, number: int) -> Json:
        """Return a dashboard as it was saved once."""
        answer = cast("Json", self._ask("GET", f"/api/dashboards/uid/{uid}/versions/{number}"))
        return cast("Json", answer["data"])

    def has_datasource(self, uid: str) -> bool:
        """Say whether there is a data source; yes where the token may not know, as that of an Editor."""
        try:
            return self._find(f"/api/datasources/uid/{uid}") is not None
        except NotAllowedError as error:
            if error.code == "grafana-denied":
                return True
            raise

    def _find(self, path: str) -> Json | None:
        response = self._requested("GET", path)
        if response.status_code == 404:
            return None
        return cast("Json", self._read(response, f"GET {path}"))

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        return self._read(self._requested(method, path, **options), f"{method} {path}")

    def _requested(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise UnreachableError(
                "grafana-unreachable",
                f"Grafana does not answer at {self.url}: {error}",
                fix="start it, or correct GRAFANA_URL or its address in lakefront.toml",
            ) from None

    def _read(self, response: httpx.Response, what: str) -> Any:
        try:
            data: Any = response.json()
        except ValueError:
            data = None
        if not response.is_success:
            raise self._refusal(response, data, what)
        if data is None:
            raise CheckFailedError(
                "grafana-answer",
                f"{self.url} answers {what} with something else than JSON",
                fix="see that this is the address of Grafana, with its sub-path if it has one",
            )
        return data

    def _refusal(self, response: httpx.Response, data: Any, what: str) -> LakefrontError:
        body = cast("Json", data) if isinstance(data, dict) else {}
        says = str(body.get("message") or response.reason_phrase)
        if response.status_code == 401:
            return NotAllowedError(
                "grafana-login",
                f"Grafana at {self.url} does not accept the token: {says}",
                fix=f"make a service account with the role Editor, and set {_TOKENS[0]} (or …_FILE) to its token",
            )
        if response.status_code == 403:
            return NotAllowedError(
                "grafana-denied",
                f"the token may not do {what} in Grafana: {says}",
                fix="give its service account the role Editor, and the right to edit this folder",
            )
        if response.status_code == 412 and body.get("status") == "name-exists":
            return CheckFailedError(
                "grafana-title-taken",
                f"another dashboard of the folder has this title: {says}",
                fix="rename one of them: this Grafana tells dashboards of a folder apart by title",
            )
        if response.status_code == 412:
            return CheckFailedError(
                "grafana-changed",
                f"somebody saved this dashboard meanwhile: {says}",
                fix="run `lakefront grafana plan` to see what, then apply again",
            )
        if response.status_code in (502, 503, 504):
            return UnreachableError(
                "grafana-unavailable", f"Grafana at {self.url} is not ready: {says}", fix="wait, then try again"
            )
        return CheckFailedError(
            "grafana-refused", f"Grafana refuses {what} ({response.status_code}): {says}", fix="mend what it names"
        )


def grafana_url(settings: Settings) -> str:
    """Return the address of the environment's Grafana. Raises BadInputError (`grafana-missing-address`)."""
    service = settings.service("grafana")
    if service.external or settings.has_local("grafana"):
        return service.url
    raise BadInputError(
        "grafana-missing-address",
        "nothing says where Grafana is; looked at $LAKEFRONT_GRAFANA_URL, $GRAFANA_URL and"
        f" [env.{settings.env_name}] of lakefront.toml, and none was started here",
        fix=f'set GRAFANA_URL, or write grafana = "https://…" into [env.{settings.env_name}];'
        " or have one started by `lakefront up --with ops`",
    )


def _auth(settings: Settings) -> str | tuple[str, str]:
    if settings.has_local("grafana") and not _given_token(settings):
        return LOCAL_ADMIN, settings.secrets.grafana_password
    return grafana_token(settings)


def _given_token(settings: Settings) -> str | None:
    found = (settings.optional_secret(name) for name in _TOKENS)
    return next((token for token in found if token), None)


def grafana_token(settings: Settings) -> str:
    """Return the token that Grafana is asked with. Raises NotAllowedError (`secret-missing`)."""
    found = _given_token(settings)
    if found:
        return found
    places = ", ".join(f"${name}, ${name}_FILE" for name in _TOKENS)
    raise NotAllowedError(
        "secret-missing",
        f"there is no token for Grafana; looked at {places}",
        fix=f"set {_TOKENS[0]} or {_TOKENS[0]}_FILE to the token of a service account with the role Editor",
    )
