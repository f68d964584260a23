"""What the engine's client makes of servers that do not answer as Trino does."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from trino.exceptions import TrinoQueryError

from lakefront.errors import UnreachableError
from lakefront.gate import Gate
from lakefront.media.presence import may_ask, presence_address
from lakefront.trino import BUSY, TOO_LATE, Trino
from lakefront.trino.client import translate


class Server(ThreadingHTTPServer):
    """Answers each statement with `status` and a page; with nothing at all while `held` is not set."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.asked, self.held = 503, 0, threading.Event()
        self.held.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        self.server.held.wait()
        self.send_response(self.server.status)
        self.send_header("Retry-After", "3600")
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):  # nobody has waited
            self.wfile.write(b"<html>Log in</html>")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    made.held.set()
    made.shutdown()
    made.server_close()


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (429, BUSY, "takes nothing on for now (HTTP 429)"),
        (503, BUSY, "takes nothing on for now (HTTP 503)"),
        (504, BUSY, "takes nothing on for now (HTTP 504)"),
        (401, "trino-error", "answers with HTTP 401"),
        (200, "trino-error", "is not Trino"),
    ],
)
def test_each_answer_is_told_in_words_and_nobody_waits_for_an_hour(
    server: Server, status: int, code: str, words: str
) -> None:
    server.status = status
    with pytest.raises(UnreachableError) as told:
        Trino(server.url, "ana").query("SELECT 1")
    assert (told.value.code, words in told.value.what) == (code, True)


@pytest.mark.parametrize("name", ["SERVER_STARTING_UP", "NO_NODES_AVAILABLE"])
def test_an_engine_that_starts_is_told_as_one_to_ask_again(name: str) -> None:
    said = TrinoQueryError({"errorName": name, "errorType": "INTERNAL_ERROR", "message": "No nodes available"}, "q1")
    told = translate(said, "http://127.0.0.1:1")
    assert isinstance(told, UnreachableError)
    assert (told.code, told.what) == (BUSY, f"Trino takes nothing on yet ({name})")


def test_a_statement_without_an_answer_is_sent_once_and_the_next_one_fails_at_once(server: Server) -> None:
    gate = Gate(60)
    trino = Trino(server.url, "ana", timeout=0.3, gate=gate)
    server.held.clear()
    for _ in range(3):
        with pytest.raises(UnreachableError) as told:
            trino.query("INSERT INTO t VALUES 1")
        assert told.value.code == TOO_LATE
    assert server.asked == 1
    gate.open()
    with pytest.raises(UnreachableError):
        trino.query("SELECT 1")
    assert server.asked == 2


def test_a_gate_opens_by_itself() -> None:
    for seconds, passes in ((60, False), (0, True)):
        gate = Gate(seconds)
        gate.shut(UnreachableError("x", "no answer", fix="wait"))
        with contextlib.nullcontext() if passes else pytest.raises(UnreachableError, match="no answer"):
            gate.enter()


def test_only_an_address_of_ours_tells_whether_there_is_an_original() -> None:
    path = "s3://media/raw/image/a b.jpg"
    address = presence_address("key", path)
    assert address.startswith("/api/original?of=s3%3A%2F%2Fmedia%2Fraw%2Fimage%2Fa%20b.jpg&sig=")
    signature = address.rpartition("=")[2]
    assert may_ask("key", path, signature)
    assert not may_ask("key", "s3://media/raw/image/b.jpg", signature)
    assert not may_ask("other", path, signature)
    assert not may_ask("key", path, "")
