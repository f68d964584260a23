"""The document that the explorer's pages begin with: its styles and links, how it is sent, and what stays untouched."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit import file_util
from streamlit.web.server.starlette.starlette_gzip_middleware import SelectiveGZipMiddleware
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_assets_routes

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "streamlit_app"))
app_shell = importlib.import_module("app_shell")

STATIC = Path(file_util.get_static_dir())
PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
STYLES = (ROOT / "streamlit_app" / "assets" / "chrome.html").read_text(encoding="utf-8")


async def _other(_: Request) -> Response:
    return HTMLResponse("<html><head></head><body>mine</body></html>")


async def _long(_: Request) -> Response:
    return StreamingResponse((b"x" * 50_000 for _ in range(4)), media_type="text/html")


@pytest.fixture(scope="module")
def client() -> TestClient:
    """Streamlit's files behind its compression, as its server has them, with ours around."""
    app = Starlette(
        routes=[Route("/other", _other), Route("/long", _long), *create_streamlit_static_assets_routes(None)],
        middleware=[Middleware(app_shell.AppShell), Middleware(SelectiveGZipMiddleware, minimum_size=500)],
    )
    return TestClient(app)


@pytest.mark.parametrize("path", ["/", "/gallery", "/index.html"])
def test_every_page_begins_with_our_styles(client: TestClient, path: str) -> None:
    text = client.get(path, headers=PAGE).text
    assert STYLES in text.split("<body>")[1].split('<div id="root">')[0]


def test_what_is_linked_is_there_and_has_all_that_it_imports(client: TestClient) -> None:
    text = client.get("/", headers=PAGE).text
    linked = re.findall(r'<link rel="(?:module)?preload"[^>]* href="\./(static/[^"]+)"', text)
    assert [name for name in linked if not (STATIC / name).is_file()] == []
    names = {name.rsplit("/", 1)[1] for name in linked}
    for part in (*app_shell._PARTS, app_shell._ICONS):
        assert [name for name in names if name.split(".")[0] == part], f"Streamlit has no {part} any more"
    known = set(re.findall(r"static/js/([\w.-]+\.js)", text))
    for name in names:
        if name.endswith(".js"):
            code = (STATIC / "static" / "js" / name).read_text(encoding="utf-8")
            imported = re.findall(r"""(?:from|import)["'`]\./([\w.-]+\.js)""", code)
            assert set(imported) <= known, name


def test_a_page_that_did_not_change_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/gallery", headers=PAGE)
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/gallery", headers=PAGE | {"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    # What a browser kept of Streamlit's own document, before this one, is not the same.
    streamlits = client.get("/gallery", headers={"accept": "*/*"}).headers
    old = {"if-none-match": streamlits["etag"], "if-modified-since": streamlits["last-modified"]}
    assert client.get("/gallery", headers=PAGE | old).status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_it_is_as_long_as_it_says(client: TestClient, encoding: str) -> None:
    with client.stream("GET", "/", headers=PAGE | {"accept-encoding": encoding}) as response:
        raw = b"".join(response.iter_raw())
    assert len(raw) == int(response.headers["content-length"])
    assert response.headers.get("content-encoding", "identity") == encoding


@pytest.mark.parametrize("path", ["/other", "/long", "/favicon.png"])
def test_what_is_not_streamlits_document_stays_as_it_is(client: TestClient, path: str) -> None:
    assert client.get(path, headers=PAGE).content == client.get(path, headers={"accept": "*/*"}).content
    assert STYLES not in client.get(path, headers=PAGE).content.decode(errors="replace")


def test_a_range_of_a_file_is_still_a_range(client: TestClient) -> None:
    part = client.get("/favicon.png", headers={"accept": "image/png", "range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
