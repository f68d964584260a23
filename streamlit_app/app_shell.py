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

from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, Response
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
#: With these Streamlit would answer for its own document: with a piece of it, or that it did not change.
_CONDITIONS: Final = frozenset({b"if-none-match", b"if-modified-since", b"range"})


class AppShell:
    """ASGI middleware that answers with the document where Streamlit would with its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        static = Path(file_util.get_static_dir())
        index = static / "index.html"
        self._streamlits = FileResponse(index, stat_result=index.stat()).headers["etag"]
        self._ours = document(index.read_bytes(), static, _STYLES.read_bytes())
        self._packed = gzip.compress(self._ours)
        self._etag = f'"{hashlib.sha256(self._ours).hexdigest()[:32]}"'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        asked = Headers(scope=scope) if scope["type"] == "http" else None
        if asked is None or scope["method"] != "GET" or "text/html" not in asked.get("accept", ""):
            await self._app(scope, receive, send)
            return
        is_document = False

        async def heed(message: Message) -> None:
            nonlocal is_document
            if message["type"] == "http.response.start":
                is_document = Headers(raw=message["headers"]).get("etag") == self._streamlits
                if is_document:
                    await self._respond(asked)(scope, receive, send)
            if not is_document:
                await send(message)

        unconditional = [(name, value) for name, value in scope["headers"] if name not in _CONDITIONS]
        await self._app({**scope, "headers": unconditional}, receive, heed)

    def _respond(self, asked: Headers) -> Response:
        headers = {"etag": self._etag, "cache-control": "no-cache", "vary": "Accept-Encoding"}
        if self._etag in asked.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in asked.get("accept-encoding", ""):
            return HTMLResponse(self._packed, headers=headers | {"content-encoding": "gzip"})
        return HTMLResponse(self._ours, headers=headers)


def document(streamlits: bytes, static: Path, styles: bytes) -> bytes:
    """Return Streamlit's document with `styles` and links to what pages are drawn with.

    `static`: where Streamlit's files lie. What a release of it names otherwise is left out: it comes later then.
    """
    scripts = static / "static" / "js"
    links = [
        f'<link rel="modulepreload" fetchpriority="low" href="./static/js/{name}">'
        for name in sorted(_with_imported(scripts, _named(scripts, _PARTS, "js"), streamlits))
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


def _with_imported(scripts: Path, names: Iterable[str], linked: bytes) -> set[str]:
    """Return the scripts and all that they import, but for what `linked` names already."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name.encode() not in linked and (scripts / name).is_file():
            found.add(name)
            waiting += [each.decode() for each in _IMPORTED.findall((scripts / name).read_bytes())]
    return found
