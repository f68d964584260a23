"""Services that are taken away, made slow and made to refuse, for an explorer of its own: nobody else notices."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lakefront.config import Settings
from tests.support import own_explorer
from tests.support.services import HOST


class Relay:
    """Passes connections on to a service, until it is told otherwise. Its address stays the same."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or HOST, parts.port or 80)
        self._open: set[socket.socket] = set()
        self._changing = threading.Lock()
        self._refusing: ThreadingHTTPServer | None = None
        self._late, self._mended = 0.0, threading.Event()
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://{HOST}:{self.port}"
        self._serve()

    def up(self) -> None:
        """Pass on again, under the same address; what was held is let go."""
        self.down()
        self._listener = socket.create_server((HOST, self.port))
        self._serve()

    def down(self) -> None:
        """Refuse connections and break those that are open."""
        self._late = 0.0
        self._mended.set()
        if self._refusing:
            self._refusing.shutdown()
            self._refusing.server_close()
            self._refusing = None
        with self._changing:
            for held in (self._listener, *self._open):
                with contextlib.suppress(OSError):  # it is down already
                    held.shutdown(socket.SHUT_RDWR)  # closing alone would not wake up who waits for a connection
            self._listener.close()
            self._open.clear()

    def refuse(self, status: int) -> None:
        """Answer every request with an HTTP status that means: not now."""
        self.down()
        self._refusing = ThreadingHTTPServer((HOST, self.port), _refusal(status))
        threading.Thread(target=self._refusing.serve_forever, args=(0.05,), daemon=True).start()

    def slow(self, seconds: float) -> None:
        """Pass each request on so many seconds later; connections that are open stay so."""
        self._mended = threading.Event()
        self._late = seconds

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the listener was closed: the service is down
            while True:
                caller, _ = listener.accept()
                threading.Thread(target=self._pass, args=(caller, listener), daemon=True).start()

    def _pass(self, caller: socket.socket, listener: socket.socket) -> None:
        with contextlib.suppress(OSError), caller, socket.create_connection(self._target) as service:
            with self._changing:
                if listener.fileno() < 0:
                    return  # who came at the last moment would be served all the time that the service is down
                self._open |= {caller, service}
            while True:
                for source in select.select([caller, service], [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    if source is caller and self._late:
                        self._mended.wait(self._late)
                    (service if source is caller else caller).sendall(data)


def _refusal(status: int) -> type[BaseHTTPRequestHandler]:
    """Return what answers every request of one connection with a status."""

    class Refusal(BaseHTTPRequestHandler):
        def _refuse(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_error(status)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _refuse  # noqa: N815 - the library's names

        def log_message(self, *_: Any) -> None:
            """Say nothing: refusing is what is asked for."""

    return Refusal


class Faulty:
    """An explorer of its own, whose Trino, catalog and object store can fail."""

    def __init__(self, stack: Settings) -> None:
        self.trino, self.catalog, self.objects = (
            Relay(stack.service(name).url) for name in ("trino", "catalog", "objects")
        )
        self.url = ""

    def mend(self) -> None:
        """Let everything answer again."""
        for relay in (self.trino, self.catalog, self.objects):
            relay.up()


@contextlib.contextmanager
def faulty_explorer(stack: Settings, folder: Path) -> Generator[Faulty]:
    """Run an explorer of a stack whose services can be taken from it. `folder`: where its log goes."""
    made = Faulty(stack)
    services = {"trino": made.trino.url, "catalog": made.catalog.url, "objects": made.objects.url}
    try:
        with own_explorer.running(stack, folder, **services) as made.url:
            yield made
    finally:
        for relay in (made.trino, made.catalog, made.objects):
            relay.down()
