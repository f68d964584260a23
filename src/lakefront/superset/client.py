"""Superset's REST API: one signed-in session with clear errors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Literal, Self, cast

import httpx

from lakefront.config import Settings
from lakefront.errors import CheckFailedError, LakefrontError, NotAllowedError, UnreachableError

Kind = Literal["database", "dataset", "chart", "dashboard"]
#: How many rows a page is asked for; a server may give fewer.
_PAGE: Final = 1000
#: Requests of one reader at a time: Superset waits within each, and other people's are answered in between.
_AT_ONCE: Final = 4


def several() -> ThreadPoolExecutor:
    """Return threads for reads that do not hang on one another. A client may be used by several threads."""
    return ThreadPoolExecutor(max_workers=_AT_ONCE)


@dataclass(frozen=True)
class Asset:
    """What Superset says of one asset in its lists. `changed` is the moment of its last change, as text."""

    kind: Kind
    id: int
    uuid: str
    title: str
    url: str
    changed: str


class SupersetClient:
    """A session of one person. Use it as a context manager; it signs in when it is entered, and again when that ends.

    Raises UnreachableError (`superset-unreachable`), NotAllowedError (`superset-login`, `superset-denied`) or
    CheckFailedError (`superset-refused`) with what the server says.
    """

    def __init__(self, url: str, user: str, password: str, *, timeout: float = 60.0) -> None:
        self.url = url.rstrip("/")
        self._user = user
        self._password = password
        # The referer is what Superset's CSRF check wants over https.
        self._http = httpx.Client(
            base_url=self.url,
            timeout=httpx.Timeout(timeout, connect=5.0),
            headers={"Accept": "application/json", "Referer": f"{self.url}/", "User-Agent": "lakefront"},
        )

    @classmethod
    def from_settings(cls, settings: Settings, *, timeout: float = 60.0) -> Self:
        """Return a session of the environment's Superset admin."""
        return cls(
            settings.service("superset").url,
            settings.env.superset_user,
            settings.secrets.superset_password,
            timeout=timeout,
        )

    def __enter__(self) -> Self:
        try:
            self._login()
        except LakefrontError:
            self._http.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the answer to a GET of `/api/v1` + `path`."""
        return self._ask("GET", path, params=params)

    def post(self, path: str, body: Any) -> dict[str, Any]:
        """Return the answer to a POST of JSON."""
        return self._ask("POST", path, json=body)

    def put(self, path: str, body: Any) -> dict[str, Any]:
        """Return the answer to a PUT of JSON."""
        return self._ask("PUT", path, json=body)

    def assets(self, kind: Kind) -> Iterator[Asset]:
        """Yield all assets of a kind that this person may see, by id."""
        for row in self.rows(f"/{kind}/", order="changed_on_delta_humanized"):
            yield _asset(kind, row)

    def ids(self, kind: Kind) -> dict[str, int]:
        """Return uuid -> id of all assets of a kind that this person may see."""
        return {asset.uuid: asset.id for asset in self.assets(kind)}

    def one(self, path: str) -> dict[str, Any]:
        """Return the result of a GET of one thing."""
        return cast("dict[str, Any]", self.get(path)["result"])

    def find(self, path: str) -> dict[str, Any] | None:
        """Return the result of a GET of one thing; None where there is none."""
        response = self._reached("GET", path)
        if response.status_code == 404:
            return None
        return cast("dict[str, Any]", _json(self._accepted(response, f"GET {path}"))["result"])

    def rows(
        self, path: str, *, order: str = "id", columns: Sequence[str] = (), where: tuple[str, str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield the rows of a list, each once, page by page.

        `order`: a column; `columns`: all where none are named; `where`: a column and the text that it must equal.
        """
        parts = [f"columns:!({','.join(columns)})"] if columns else []
        if where:
            parts.append(f"filters:!((col:{where[0]},opr:eq,value:{_quoted(where[1])}))")
        seen: set[int] = set()
        page = 0
        while True:
            query = ",".join([*parts, f"order_column:{order},order_direction:asc,page:{page},page_size:{_PAGE}"])
            answer = self.get(path, {"q": f"({query})"})
            found = cast("list[dict[str, Any]]", answer["result"])
            for row in found:
                # Rows that are equal in `order` may come on two pages.
                if int(row["id"]) not in seen:
                    seen.add(int(row["id"]))
                    yield row
            if not found or len(seen) >= int(answer["count"]):
                return
            page += 1

    def export_assets(self) -> bytes:
        """Return a zip of all databases, datasets, charts and dashboards, in Superset's export layout."""
        return self._send("GET", "/assets/export/").content

    def import_assets(self, bundle: bytes, passwords: Mapping[str, str] | None = None, *, sparse: bool = False) -> None:
        """Import a zip of Superset's export layout: one transaction; what exists is overwritten.

        `passwords`: file name of a database inside the zip -> its password. `sparse`: what the assets refer to may be
        on the server only.
        """
        data = {"passwords": json.dumps(dict(passwords))} if passwords else {}
        if sparse:
            data["sparse"] = "true"
        self._ask("POST", "/assets/import/", files={"bundle": ("bundle.zip", bundle, "application/zip")}, data=data)

    def upload(self, path: str, field: str, content: bytes, data: Mapping[str, str]) -> None:
        """Send a POST of a zip as the file `field` of a form, with the form's other fields."""
        self._ask("POST", path, files={field: (f"{field}.zip", content, "application/zip")}, data=dict(data))

    def delete(self, kind: Kind, ids: list[int]) -> None:
        """Delete assets by id."""
        if ids:
            self.remove(f"/{kind}/", ids)

    def remove(self, path: str, ids: Iterable[int] | None = None) -> None:
        """Send a DELETE, of those ids of a list where they are given."""
        query = {"q": f"!({','.join(str(number) for number in ids)})"} if ids is not None else None
        self._ask("DELETE", path, params=query)

    def _login(self) -> None:
        body = {"username": self._user, "password": self._password, "provider": "db", "refresh": False}
        try:
            token = self._ask_once("POST", "/security/login", json=body)["access_token"]
        except NotAllowedError:
            raise NotAllowedError(
                "superset-login",
                f"Superset at {self.url} does not accept the password of '{self._user}'",
                fix="set LAKEFRONT_SUPERSET_PASSWORD, or see `lakefront password`",
            ) from None
        self._http.headers["Authorization"] = f"Bearer {token}"
        self._http.headers["X-CSRFToken"] = str(self._ask_once("GET", "/security/csrf_token/")["result"])

    def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        return _json(self._send(method, path, **options))

    def _ask_once(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Ask as a login does, which is not begun anew when it is refused."""
        return _json(self._accepted(self._requested(method, path, **options), f"{method} {path}"))

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._accepted(self._reached(method, path, **options), f"{method} {path}")

    def _reached(self, method: str, path: str, **options: Any) -> httpx.Response:
        response = self._requested(method, path, **options)
        if response.status_code != 401:
            return response
        # A token is good for a quarter of an hour, and an apply or a session of tests may take longer.
        self._login()
        return self._requested(method, path, **options)

    def _requested(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, f"/api/v1{path}", **options)
        except httpx.TimeoutException:
            raise UnreachableError(
                "superset-timeout",
                f"Superset at {self.url} took too long over {method} {path}",
                fix="try again, or see `lakefront logs superset`",
            ) from None
        except httpx.HTTPError as error:
            raise UnreachableError(
                "superset-unreachable",
                f"Superset does not answer at {self.url}: {error}",
                fix="start it with `lakefront up`, or correct its address in lakefront.toml",
            ) from None

    def _accepted(self, response: httpx.Response, what: str) -> httpx.Response:
        if response.is_success:
            return response
        raise self._refusal(response, what)

    def _refusal(self, response: httpx.Response, what: str) -> LakefrontError:
        says = server_message(response)
        if response.status_code in (401, 403):
            return NotAllowedError(
                "superset-denied",
                f"'{self._user}' may not do {what} in Superset: {says}",
                fix="use an account with the Admin role",
            )
        if response.status_code in (502, 503, 504):
            return UnreachableError(
                "superset-unavailable", f"Superset at {self.url} is not ready: {says}", fix="wait, then try again"
            )
        return CheckFailedError(
            "superset-refused",
            f"Superset refuses {what} ({response.status_code}): {says}",
            fix="mend what it names; `lakefront logs superset` has more",
        )


def server_message(response: httpx.Response) -> str:
    """Return what the server says is wrong, from whichever of its shapes of error holds it."""
    body = _json(response)
    errors = cast("list[dict[str, Any]]", body.get("errors") or [])
    texts: list[str] = []
    for error in errors:
        texts.append(str(error.get("message", "")))
        extra = cast("dict[str, Any]", error.get("extra") or {})
        # An import's details stand under the name of each file.
        texts += [
            f"{key}: {json.dumps(value, ensure_ascii=False)}"
            for key, value in extra.items()
            if key not in ("issue_codes",)
        ]
    if not texts and body.get("message"):
        message = body["message"]
        texts.append(message if isinstance(message, str) else json.dumps(message, ensure_ascii=False))
    if not texts:
        texts.append(response.reason_phrase or f"status {response.status_code}")
    return "; ".join(text for text in texts if text)


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}


def _quoted(text: str) -> str:
    """Return a text as Rison, the notation of Superset's lists, writes it."""
    return "'" + text.replace("!", "!!").replace("'", "!'") + "'"


def _asset(kind: Kind, row: dict[str, Any]) -> Asset:
    title = row.get("dashboard_title") or row.get("slice_name") or row.get("table_name") or row.get("database_name")
    return Asset(
        kind=kind,
        id=int(row["id"]),
        uuid=str(row.get("uuid") or ""),
        title=str(title or ""),
        url=str(row.get("url") or row.get("explore_url") or ""),
        changed=str(row.get("changed_on_utc") or row.get("changed_on") or row.get("changed_on_delta_humanized") or ""),
    )
