"""What a component of the local stack is: a small declaration, one file each.

It says what to fetch, how to configure and start, how to tell that it is ready, and what it depends on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lakefront.config import Settings
from lakefront.stack.process import Identity, Launch

__all__ = ["Artifact", "Component", "Context", "Launch", "Report", "nothing_to_fetch"]


@dataclass(frozen=True)
class Artifact:
    """A file by its Maven coordinates. `sha256` is what we reviewed: anything else is refused."""

    group: str
    name: str
    version: str
    sha256: str
    size: int
    packaging: str = "jar"
    classifier: str = ""

    @property
    def filename(self) -> str:
        """The name that a Maven repository gives the file."""
        classifier = f"-{self.classifier}" if self.classifier else ""
        return f"{self.name}-{self.version}{classifier}.{self.packaging}"

    def __str__(self) -> str:
        return ":".join(filter(None, (self.group, self.name, self.version, self.classifier)))


class Report(Protocol):
    """How a component tells what it is doing, with bytes or steps when they are known."""

    def __call__(self, detail: str, done: int | None = None, total: int | None = None) -> None:
        """Show `detail`; `done` of `total` draws a bar."""
        ...


@dataclass(frozen=True)
class Context:
    """What a component gets to work with.

    `cancelled` is set when the stack is told to stop. `track` is told which process works for the component now, so
    that it is ended even when the supervisor was killed.
    """

    name: str
    settings: Settings
    report: Report
    cancelled: threading.Event
    track: Callable[[Identity | None], None] = lambda _: None

    @property
    def port(self) -> int:
        """The component's own port."""
        return self.settings.ports[self.name]

    @property
    def etc(self) -> Path:
        """Folder for generated configuration."""
        return _folder(self.settings.home.etc / self.name)

    @property
    def data(self) -> Path:
        """Folder for what must survive restarts."""
        return _folder(self.settings.home.data / self.name)

    def url(self, service: str) -> str:
        """Return the address of a service, ours or an existing one."""
        return self.settings.service(service).url


def nothing_to_fetch(context: Context) -> None:
    """Prepare a component that is here already."""
    context.report("nothing to fetch")


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


@dataclass(frozen=True)
class Component:
    """One server of the stack.

    `prepare` fetches and configures and may take minutes; `launch` is quick and is called again at every restart;
    `probe` returns None when the component answers as it should, else what is still missing, in words.
    `settle` makes a server that answers what it should be, after each start, before it counts as ready.
    `after` are components that must be ready before this one is started. `beside` are optional ones that it is
    configured for where the stack has them: it waits until they are ready or have failed, and starts anew when one
    joins. `memory_mb` and `disk_mb` are what it needs. `missing` tells why an optional one cannot be started on this
    machine, and how to mend it; None where it can.
    """

    name: str
    title: str
    prepare: Callable[[Context], None]
    launch: Callable[[Context], Launch]
    probe: Callable[[Settings], str | None]
    memory_mb: int
    disk_mb: int
    after: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    settle: Callable[[Context], None] = lambda _: None
    ready_within: float = 120.0
    stop_within: float = 15.0
    missing: Callable[[Settings], str | None] = lambda _: None
