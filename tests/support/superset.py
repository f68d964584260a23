"""Superset as one person uses it: signed in, with the answers as they come."""

from __future__ import annotations

from typing import Any

import httpx

from lakefront.config import Settings


class Visitor:
    """A signed-in session. Answers are given with their status; nothing is raised for a refusal."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.name = name
        admin = name == settings.env.superset_user
        password = settings.secrets.superset_password if admin else settings.secrets.people_password
        url = settings.service("superset").url
        self._http = httpx.Client(
            base_url=url, timeout=120, headers={"Accept": "application/json", "Referer": f"{url}/"}
        )
        body = {"username": name, "password": password, "provider": "db", "refresh": False}
        signed_in = self._http.post("/api/v1/security/login", json=body)
        assert signed_in.status_code == 200, f"{name}: {signed_in.status_code} {signed_in.text}"
        self._http.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
        token = self._http.get("/api/v1/security/csrf_token/").json()["result"]
        self._http.headers["X-CSRFToken"] = token
        # Some of what pages ask is open to the session of a page only.
        form = {"username": name, "password": password, "csrf_token": token}
        entered = self._http.post("/login/", data=form, headers={"Accept": "text/html"})
        assert entered.status_code == 302, f"{name}: {entered.status_code}"
        self._http.headers["X-CSRFToken"] = self._http.get("/api/v1/security/csrf_token/").json()["result"]

    @property
    def cookies(self) -> dict[str, str]:
        """What a browser would keep of the session."""
        return dict(self._http.cookies)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request below the server's root."""
        return self._http.request(method, path, **options)

    def chart_data(self, dataset: int, query: dict[str, Any], **more: Any) -> httpx.Response:
        """Ask a dataset as a chart does. `more` stands beside the query."""
        filled = {"filters": [], "extras": {}, "row_limit": 1000, "orderby": [], **query}
        body = {"datasource": {"id": dataset, "type": "table"}, "queries": [filled], "result_format": "json"}
        return self.ask("POST", "/api/v1/chart/data", json={**body, "result_type": "full", **more})

    def sql(self, database: int, text: str) -> httpx.Response:
        """Run SQL in SQL Lab."""
        body = {"database_id": database, "sql": text, "runAsync": False, "schema": "sales", "queryLimit": 1000}
        return self.ask("POST", "/api/v1/sqllab/execute/", json=body)

    def close(self) -> None:
        """End the session."""
        self._http.close()


class Guest(Visitor):
    """Somebody whom a page shows a dashboard in a frame: her token, and no session."""

    def __init__(self, settings: Settings, token: str, *, name: str = "guest") -> None:
        self.name = name
        url = settings.service("superset").url
        headers = {"Accept": "application/json", "Referer": f"{url}/", "X-GuestToken": token}
        self._http = httpx.Client(base_url=url, timeout=180, headers=headers)

    def filter_values(
        self, dataset: int, query: dict[str, Any], *, dashboard: int, native_filter: str, **more: Any
    ) -> httpx.Response:
        """Ask a dataset as one of a dashboard's filters does, for whatever columns."""
        form_data = {"dashboardId": dashboard, "native_filter_id": native_filter, "type": "NATIVE_FILTER"}
        return self.chart_data(dataset, query, form_data=form_data, **more)


def messages(response: httpx.Response) -> str:
    """Return all that an answer says is wrong."""
    body = response.json()
    found = [str(error.get("message")) for error in body.get("errors") or []]
    found += [str(body[key]) for key in ("message", "error") if body.get(key)]
    for result in body.get("result") or [] if isinstance(body.get("result"), list) else []:
        found += [str(result["error"])] if isinstance(result, dict) and result.get("error") else []
    return " ".join(found)
