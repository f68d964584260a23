"""Ports of the local stack: the manifest's, or free ones; a taken one is told with its holder."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import psutil

from lakefront.config import LOOPBACK, Settings
from lakefront.errors import BadInputError, Location


@dataclass(frozen=True)
class Holder:
    """The process that listens on a port; `pid` is None where the system does not tell."""

    pid: int | None
    name: str

    def __str__(self) -> str:
        return f"{self.name} (pid {self.pid})" if self.pid else "another program (its pid is not shown to this user)"


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def holder(port: int) -> Holder:
    """Return who listens on a port."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(kind="inet"):
            address = connection.laddr
            if connection.status == psutil.CONN_LISTEN and address and address.port == port and connection.pid:
                return Holder(connection.pid, psutil.Process(connection.pid).name())
    return Holder(None, "")


def choose_ports(settings: Settings, names: Iterable[str], *, auto: bool) -> dict[str, int]:
    """Return a port for each component.

    Raises BadInputError (`port-taken`, `port-twice`), unless `auto` picks free ones: those of the home's last start
    where they are still free, so that addresses stay what they were.
    """
    chosen: dict[str, int] = {}
    last = settings.home.ports()
    with contextlib.ExitStack() as held:
        for name in names:
            if auto:
                chosen[name] = last[name] if name in last and is_free(last[name]) else _free_port(held)
                continue
            port = cast(int, getattr(settings.manifest.stack.ports, name))
            setting = f"[stack.ports] {name}"
            where = Location(settings.bundle / "lakefront.toml")
            twin = next((other for other, number in chosen.items() if number == port), None)
            if twin:
                raise BadInputError(
                    "port-twice", f"{twin} and {name} have the same port {port}", where=where, fix=f"change {setting}"
                )
            if not is_free(port):
                raise BadInputError(
                    "port-taken",
                    f"port {port} of {name} is held by {holder(port)}",
                    where=where,
                    fix=f"end that program, change {setting}, or run `lakefront up --ports auto`",
                )
            chosen[name] = port
    return chosen


def _free_port(held: contextlib.ExitStack) -> int:
    """Return a free port, kept open until all are chosen so that none is given twice."""
    probe = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    probe.bind((LOOPBACK, 0))
    return int(probe.getsockname()[1])
