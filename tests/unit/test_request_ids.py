"""The id of a request: taken from it or made, told in its answer, in each line of the log, and to Trino."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from streamlit.testing.v1 import AppTest

from lakefront import request_ids
from lakefront.json_log import JsonLines
from lakefront.request_ids import HEADER, RequestIds
from tests.support.request_ids import GOOD, HOSTILE

sys.path.insert(0, str(Path(__file__).parents[2] / "streamlit_app"))
told = importlib.import_module("requests_told")


class Lines(logging.Handler):
    """Keeps what is logged, as it would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.written: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(json.loads(self.format(record)))


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


async def _say(_: Request) -> PlainTextResponse:
    logging.getLogger("explorer.test").info("asked")
    # Somebody else's idea of the header does not count.
    return PlainTextResponse(request_ids.current() or "none", headers={HEADER: "another-one"})


async def _fail(_: Request) -> PlainTextResponse:
    raise ValueError("unforeseen")


async def _talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(request_ids.current() or "none")
    await socket.close()


ROUTES = [Route("/say", _say), Route("/api/thumb/1", _say), Route("/fail", _fail), WebSocketRoute("/talk", _talk)]
APP = Starlette(routes=ROUTES, middleware=[Middleware(RequestIds), Middleware(told.RequestsTold)])


def _get(path: str, *brought: bytes) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://explorer") as client:
            return await client.get(path, headers=[(HEADER.encode(), each) for each in brought])

    return asyncio.run(ask())


@pytest.mark.parametrize("brought", GOOD)
def test_an_id_that_is_well_formed_is_taken_and_told_in_the_answer(brought: str) -> None:
    answer = _get("/say", brought.encode())
    assert (answer.text, answer.headers.get_list(HEADER)) == (brought, [brought])


@pytest.mark.parametrize("brought", [*HOSTILE, b"first-line\r\nSet-Cookie: a=b", b"nul\x00within-it"])
def test_any_other_is_replaced(brought: bytes) -> None:
    (given,) = _get("/say", brought).headers.get_list(HEADER)
    assert request_ids.is_well_formed(given)
    assert given.encode() != brought


def test_two_ids_are_none() -> None:
    assert _get("/say", b"the-first-one", b"the-second-one").text not in ("the-first-one", "the-second-one", "none")


def test_each_request_without_one_gets_its_own() -> None:
    assert len({_get("/say").text for _ in range(20)}) == 20
    assert request_ids.current() is None, "nothing is left of them"


def test_requests_side_by_side_do_not_take_each_others_id() -> None:
    ids = [f"side-by-side-{number}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda each: _get("/say", each.encode()).text, ids)) == ids


def test_a_websocket_has_one_too() -> None:
    said: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        said.append(message)

    scope = {"type": "websocket", "path": "/talk", "headers": [(b"x-request-id", b"of-a-websocket")]}
    asyncio.run(APP(scope, receive, send))
    accepted, text, _ = said
    assert accepted["headers"] == [(b"x-request-id", b"of-a-websocket")]
    assert text["text"] == "of-a-websocket"


def test_every_line_of_a_request_has_its_id_and_so_has_its_answer_when_it_fails(lines: Lines) -> None:
    _get("/say?sig=secret", b"of-the-first")
    answer = _get("/fail", b"of-the-second")
    assert (answer.status_code, answer.headers[HEADER]) == (500, "of-the-second")
    said = [line for line in lines.written if str(line["logger"]).startswith("explorer")]
    assert [(line["message"], line["request_id"]) for line in said] == [
        ("asked", "of-the-first"),
        ("answered", "of-the-first"),
        ("failed to answer", "of-the-second"),
    ]
    assert (said[1]["path"], said[1]["status"]) == ("/say", 200), "what signs an address is not written down"
    assert "ValueError: unforeseen" in str(said[2]["stackTrace"])
    assert said[2]["level"] == "ERROR"


def test_pictures_have_no_line_of_their_own(lines: Lines) -> None:
    _get("/api/thumb/1")
    assert [line["message"] for line in lines.written if line["logger"] == "explorer.requests"] == []


def test_a_line_has_the_fields_of_all_logs_and_can_always_be_written() -> None:
    # Not by a logger: what pytest captures of one has to be told to another process, which half a pair cannot be.
    told_as = {"name": "lakefront.test", "levelname": "WARNING", "msg": "half of a pair: \ud800"}
    record = logging.makeLogRecord(told_as | {"fields": {"query_id": "q", "odd": object}})
    text = JsonLines().format(record)
    assert text.isascii()
    line = json.loads(text)
    assert (line["level"], line["logger"], line["query_id"]) == ("WARN", "lakefront.test", "q")
    assert str(line["timestamp"]).endswith("Z")
    assert "request_id" not in line


def _page() -> None:
    import streamlit as st  # noqa: PLC0415 - this function is a page, run by itself

    import script_runs  # noqa: F401, PLC0415 - see above
    from lakefront import request_ids as ids  # noqa: PLC0415 - see above

    @st.fragment
    def part() -> None:
        st.button("again")
        st.markdown(ids.current())

    st.markdown(ids.current())
    part()


def test_a_run_of_a_page_has_one_id_and_the_next_has_another() -> None:
    test = AppTest.from_function(_page).run()
    first = [each.value for each in test.markdown]
    assert len(first) == 2
    assert len(set(first)) == 1
    assert request_ids.is_well_formed(first[0])
    second = [each.value for each in test.run().markdown]
    assert len(set(second)) == 1
    assert second[0] != first[0]
