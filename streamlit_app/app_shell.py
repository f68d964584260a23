"""The document that every page begins with: Streamlit's own, with our styles and what the pages are drawn with.

Streamlit brings styles as a part of a page, and fetches the code of each kind of part when the first one comes: what is
drawn before that has another look and another size, and moves under the pointer of a first visitor.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import file_util

_STYLES: Final = Path(__file__).parent / "assets" / "chrome.html"
#: What most pages are drawn with. Charts and tables are too large to be fetched for a page that has none.
_PARTS: Final = (
    "BidiComponent",
    "Button",
    "ButtonGroup",
    "DateInput",
    "Html",
    "LinkButton",
    "Multiselect",
    "NumberInput",
    "PageLink",
    "Selectbox",
    "TextArea",
    "TextInput",
)
_ICONS: Final = "MaterialSymbols-Rounded"
_IMPORTED: Final = re.compile(rb"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")
#: With these the document of another version might be called the same, or come in pieces.
_CONDITIONS: Final = frozenset({b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"})
_MOST: Final = 65_536


class AppShell:
    """ASGI middleware that answers with the document where Streamlit would with its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        static = Path(file_util.get_static_dir())
        self._streamlits = (static / "index.html").read_bytes()
        self._ours = document(self._streamlits, static, _STYLES.read_bytes())
        self._packed = gzip.compress(self._ours)
        self._etag = f'"{hashlib.sha256(self._ours).hexdigest()[:32]}"'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        asked = Headers(scope=scope) if scope["type"] == "http" else None
        if asked is None or scope["method"] != "GET" or "text/html" not in asked.get("accept", ""):
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        body = b""

        async def heed(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _may_be_document(message):
                start = message
                return
            if start is None:
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body") and len(body) < _MOST:
                return
            if body == self._streamlits:
                await self._respond(asked, start)(scope, receive, send)
            else:
                await send(start)
                await send(message | {"body": body})
                start = None

        unconditional = [(name, value) for name, value in scope["headers"] if name not in _CONDITIONS]
        await self._app({**scope, "headers": unconditional}, receive, heed)

    def _respond(self, asked: Headers, streamlits: Message) -> Response:
        headers = {
            name: value
            for name, value in Headers(raw=streamlits["headers"]).items()
            if name not in {"content-length", "etag", "last-modified", "accept-ranges"}
        } | {"etag": self._etag, "vary": "Accept-Encoding"}
        if self._etag in asked.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" not in asked.get("accept-encoding", ""):
            return Response(self._ours, headers=headers)
        response = Response(self._packed, headers=headers)
        MutableHeaders(raw=response.raw_headers)["content-encoding"] = "gzip"
        return response


def _may_be_document(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return start["status"] == 200 and headers.get("content-type", "").startswith("text/html")


def document(streamlits: bytes, static: Path, styles: bytes) -> bytes:
    """Return Streamlit's document with `styles` and links to what pages are drawn with.

    `static`: where Streamlit's files lie. What a release of it names otherwise is left out: it comes later then.
    """
    scripts = static / "static" / "js"
    links = [
        f'<link rel="modulepreload" fetchpriority="low" href="./static/js/{name}">'
        for name in sorted(_with_imported(scripts, _named(scripts, _PARTS, "js")))
        if name.encode() not in streamlits
    ] + [
        f'<link rel="preload" as="font" type="font/woff2" crossorigin href="./static/media/{name}">'
        for name in _named(static / "static" / "media", [_ICONS], "woff2")
    ]
    head, body = "\n".join([*links, "</head>"]).encode(), b"<body>\n" + styles
    # In the body, behind whatever styles the scripts put into the head: what is said last of equal weight holds.
    return streamlits.replace(b"</head>", head, 1).replace(b"<body>", body, 1)


def _named(folder: Path, stems: Iterable[str], suffix: str) -> list[str]:
    """Return the files that are named by a stem and a build's sign: `Button.CORxUu4r.js`."""
    return [path.name for stem in stems for path in folder.glob(f"{stem}.*.{suffix}") if path.name.count(".") == 2]


def _with_imported(scripts: Path, names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and (scripts / name).is_file():
            found.add(name)
            waiting += [each.decode() for each in _IMPORTED.findall((scripts / name).read_bytes())]
    return found
