"""A small HTTP server that keeps dashboards as Grafana's HTTP API documents it. It is not Grafana.

It is there because Grafana is in no package registry: what the client says and reads is tried on it. Against a real one
the same tests run when GRAFANA_URL is set.
"""

from __future__ import annotations

import copy
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

TOKEN = "a token of the test"
Json = dict[str, Any]


@dataclass
class Kept:
    """One dashboard: its versions, each with its message, the newest last; and its folder."""

    folder_uid: str
    versions: list[tuple[Json, str]] = field(default_factory=list)


class DashboardServer:
    """Use it as a context manager. `paged_versions`: answers as Grafana 12 does. `calls`: methods and paths."""

    def __init__(self, *, paged_versions: bool = False) -> None:
        self.paged_versions = paged_versions
        self.folders: dict[str, str] = {}
        self.dashboards: dict[str, Kept] = {}
        self.datasources = {"lakefront-prometheus", "lakefront-opensearch", "lakefront-trino"}
        self.calls: list[tuple[str, str]] = []
        self.refuse: dict[str, int] = {}
        self.provisioned: set[str] = set()
        handler = type("Handler", (_Handler,), {"server_state": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def writes(self) -> list[tuple[str, str]]:
        """What changed something."""
        return [call for call in self.calls if call[0] != "GET"]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def newest(self, uid: str) -> Json:
        """Return a dashboard as it is."""
        return copy.deepcopy(self.dashboards[uid].versions[-1][0])

    def edit(self, uid: str, data: Json, message: str = "") -> None:
        """Save a dashboard as a person does in the browser."""
        self.save(uid, data, message, self.dashboards[uid].folder_uid if uid in self.dashboards else "")

    def save(self, uid: str, data: Json, message: str, folder_uid: str) -> int:
        """Keep a new version."""
        kept = self.dashboards.setdefault(uid, Kept(folder_uid))
        number = len(kept.versions) + 1
        kept.folder_uid = folder_uid
        kept.versions.append(({**data, "id": len(self.dashboards), "version": number}, message))
        return number


class _Handler(BaseHTTPRequestHandler):
    server_state: DashboardServer

    def log_message(self, *_: Any) -> None:
        """Say nothing: what was called is in `calls`."""

    def do_GET(self) -> None:
        self._handle("GET")

    def do_POST(self) -> None:
        self._handle("POST")

    def do_DELETE(self) -> None:
        self._handle("DELETE")

    def _handle(self, method: str) -> None:
        state = self.server_state
        parts = urlsplit(self.path)
        state.calls.append((method, parts.path))
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._say(401, {"message": "Invalid API key"})
        if parts.path in state.refuse:
            return self._say(state.refuse[parts.path], {"message": "refused by the test"})
        answer = self._answer(method, parts.path.strip("/").split("/")[1:], parse_qs(parts.query), body)
        return self._say(*answer)

    def _answer(self, method: str, path: list[str], query: dict[str, list[str]], body: Json) -> tuple[int, Any]:
        state = self.server_state
        match (method, *path):
            case (_, "folders", *rest):
                return self._folder(rest, body)
            case ("GET", "search"):
                size, page = int(query["limit"][0]), int(query["page"][0])
                rows = [
                    {"uid": uid, "title": kept.versions[-1][0].get("title"), "folderUid": kept.folder_uid}
                    for uid, kept in state.dashboards.items()
                ]
                return 200, rows[(page - 1) * size : page * size]
            case ("GET", "datasources", "uid", uid):
                return (200, {"uid": uid}) if uid in state.datasources else (404, {"message": "not found"})
            case ("POST", "dashboards", "db"):
                return self._save(body)
            case (_, "dashboards", "uid", uid, *rest) if uid in state.dashboards:
                return self._dashboard(method, uid, rest)
        return 404, {"message": "Dashboard not found"}

    def _folder(self, rest: list[str], body: Json) -> tuple[int, Any]:
        folders = self.server_state.folders
        if not rest:
            folders[body["uid"]] = body["title"]
            return 200, body
        found = folders.get(rest[0])
        return (200, {"uid": rest[0], "title": found}) if found else (404, {"message": "folder not found"})

    def _dashboard(self, method: str, uid: str, rest: list[str]) -> tuple[int, Any]:
        kept = self.server_state.dashboards[uid]
        if method == "DELETE":
            del self.server_state.dashboards[uid]
            return 200, {"title": uid}
        if not rest:
            meta: Json = {"folderUid": kept.folder_uid, "url": f"/d/{uid}", "version": len(kept.versions)}
            meta["provisioned"] = uid in self.server_state.provisioned
            return 200, {"dashboard": kept.versions[-1][0], "meta": meta}
        if len(rest) > 1:
            data, message = kept.versions[int(rest[1]) - 1]
            return 200, {"version": int(rest[1]), "message": message, "data": data}
        rows = [{"version": n, "message": message} for n, (_, message) in enumerate(kept.versions, start=1)]
        rows.reverse()
        return 200, {"continueToken": "", "versions": rows} if self.server_state.paged_versions else rows

    def _save(self, body: Json) -> tuple[int, Any]:
        state = self.server_state
        data = body["dashboard"]
        kept = state.dashboards.get(data["uid"])
        if kept is not None and not body.get("overwrite") and data.get("version") != len(kept.versions):
            return 412, {"status": "version-mismatch", "message": "The dashboard has been changed by someone else"}
        number = state.save(data["uid"], data, str(body.get("message") or ""), str(body.get("folderUid") or ""))
        return 200, {"status": "success", "uid": data["uid"], "url": f"/d/{data['uid']}", "version": number}

    def _say(self, status: int, data: Any) -> None:
        text = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
