"""The benchmark's proxy delays each request once and changes nothing on the way, the signed host least of all."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from benchmarks.latency_proxy import latency_proxy

BODY = bytes(range(256)) * 4096
#: Long beside what a busy machine adds by itself.
DELAY = 0.5


class _Service(BaseHTTPRequestHandler):
    """Answers with a body, and with what it was sent in headers."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.send_header("X-Host", self.headers["Host"])
        self.send_header("X-Path", self.path)
        self.send_header("X-Sent", str(len(sent)))
        self.end_headers()
        self.wfile.write(BODY)

    do_PUT = do_GET  # noqa: N815 - the name that the server calls

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_each_request_of_a_connection_is_late_once_and_comes_through_as_it_was(service: str) -> None:
    with latency_proxy(service, DELAY) as proxy, httpx.Client(trust_env=False) as client:
        began = time.perf_counter()
        for number in range(3):
            answer = client.get(f"{proxy.url}/a%20b?X-Amz-Signature={number}")
            assert answer.content == BODY
            assert answer.headers["x-host"] == f"127.0.0.1:{proxy.port}"
            assert answer.headers["x-path"] == f"/a%20b?X-Amz-Signature={number}"
        assert 3 * DELAY <= time.perf_counter() - began < 6 * DELAY
        assert client.put(proxy.url, content=BODY).headers["x-sent"] == str(len(BODY))
        assert proxy.requests == 4


def test_requests_side_by_side_wait_side_by_side(service: str) -> None:
    with latency_proxy(service, DELAY) as proxy, httpx.Client(trust_env=False) as client, ThreadPoolExecutor(8) as pool:
        began = time.perf_counter()
        answers = list(pool.map(client.get, [proxy.url] * 8))
        assert DELAY <= time.perf_counter() - began < 8 * DELAY
        assert [answer.status_code for answer in answers] == [200] * 8
        assert proxy.requests == 8


def test_a_body_of_unknown_length_is_refused(service: str) -> None:
    with latency_proxy(service, 0) as proxy:
        assert httpx.put(proxy.url, content=iter([b"a", b"b"]), trust_env=False).status_code == 400


def test_it_is_gone_afterwards(service: str) -> None:
    with latency_proxy(service, 0) as proxy:
        assert httpx.get(proxy.url, trust_env=False).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(proxy.url, trust_env=False)
