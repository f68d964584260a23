"""A proxy in front of an HTTP service that answers each request later, as a service far away does.

Bytes go through as they are, the Host header too: an address that was signed for the proxy's own host and port is
good at the service behind it, which reads there what it was signed for.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Generator
from dataclasses import dataclass
from urllib.parse import urlsplit

_HEAD_LIMIT = 64 * 1024
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class LatencyProxy:
    """Passes requests on to `target` (`host, port`), each `seconds` later than it came; `requests` counts them."""

    target: tuple[str, int]
    seconds: float
    port: int = 0
    requests: int = 0

    @property
    def url(self) -> str:
        """The proxy's own address."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, started: threading.Event, stop: asyncio.Event) -> None:
        """Listen on a free port of this machine until told to stop; `started` is set when it does."""
        callers: set[asyncio.Task[None]] = set()

        def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._connection(reader, writer))
            callers.add(task)
            task.add_done_callback(callers.discard)

        server = await asyncio.start_server(called, "127.0.0.1", 0, limit=_HEAD_LIMIT)
        self.port = int(server.sockets[0].getsockname()[1])
        started.set()
        await stop.wait()
        server.close()
        for task in callers:
            task.cancel()
        await asyncio.gather(*callers, return_exceptions=True)

    async def _connection(self, caller: asyncio.StreamReader, to_caller: asyncio.StreamWriter) -> None:
        with contextlib.closing(to_caller), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            service, to_service = await asyncio.open_connection(*self.target)
            with contextlib.closing(to_service):
                answers = asyncio.create_task(_pass_all(service, to_caller))
                try:
                    await self._requests(caller, to_caller, to_service)
                finally:
                    answers.cancel()

    async def _requests(
        self, caller: asyncio.StreamReader, to_caller: asyncio.StreamWriter, to_service: asyncio.StreamWriter
    ) -> None:
        """Pass one request after the other on; ends by IncompleteReadError when the caller hangs up."""
        while True:
            head = await caller.readuntil(b"\r\n\r\n")
            length = _body_length(head)
            if length is None:
                to_caller.write(_BAD_REQUEST)
                await to_caller.drain()
                return
            self.requests += 1
            await asyncio.sleep(self.seconds)
            to_service.write(head + await caller.readexactly(length))
            await to_service.drain()


async def _pass_all(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.closing(target), contextlib.suppress(OSError):
        while data := await source.read(_HEAD_LIMIT):
            target.write(data)
            await target.drain()


def _body_length(head: bytes) -> int | None:
    """Return the bytes that follow a request's head; None where only the body itself would tell."""
    headers = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    if b"transfer-encoding" in headers:
        return None
    return int(headers.get(b"content-length", b"0"))


@contextlib.contextmanager
def latency_proxy(target: str, seconds: float) -> Generator[LatencyProxy]:
    """Run a proxy in front of the service at an address, in a thread of its own."""
    parts = urlsplit(target)
    proxy = LatencyProxy((parts.hostname or "127.0.0.1", parts.port or 80), seconds)
    started, stop, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(proxy.serve(started, stop)), daemon=True)
    thread.start()
    started.wait(10)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
