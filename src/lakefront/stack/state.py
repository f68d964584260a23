"""What the supervisor knows of each component, in one file that others may read at any moment."""

from __future__ import annotations

import datetime as dt
import threading
import time
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, cast

from lakefront.config import read_json, write_json
from lakefront.stack.process import Identity

_QUIET_SECONDS: Final = 0.1


class Phase(StrEnum):
    """Where a component is on its way."""

    WAITING = "waiting"
    PREPARING = "preparing"
    STARTING = "starting"
    READY = "ready"
    UNWELL = "not answering"
    RESTARTING = "restarting"
    FAILED = "failed"
    STOPPED = "stopped"
    EXTERNAL = "external"


@dataclass(frozen=True)
class ComponentState:
    """One component, as shown by `lakefront status`. `done` and `total` are bytes or steps of what `detail` tells."""

    name: str
    title: str
    phase: Phase
    url: str
    detail: str = ""
    done: int | None = None
    total: int | None = None
    identity: Identity | None = None
    since: str = ""
    restarts: int = 0
    error: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for the state file."""
        return asdict(self) | {"identity": self.identity.as_dict() if self.identity else None}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ComponentState:
        """Read what `as_dict` wrote."""
        fields: dict[str, Any] = {
            **data,
            "phase": Phase(data["phase"]),
            "identity": Identity.from_dict(data.get("identity")),
        }
        return cls(**fields)


@dataclass(frozen=True)
class StackState:
    """The whole file: who supervises, and every component."""

    supervisor: Identity | None = None
    components: dict[str, ComponentState] = field(default_factory=dict[str, ComponentState])

    @property
    def supervised(self) -> bool:
        """Whether the supervisor that wrote this still runs."""
        return self.supervisor is not None and self.supervisor.alive

    def runs(self, name: str) -> bool:
        """Whether a process of ours works for the component now."""
        item = self.components.get(name)
        return item is not None and item.identity is not None and item.identity.alive


def read_state(path: Path) -> StackState:
    """Return the last state written, or an empty one."""
    data = read_json(path)
    components = cast("dict[str, dict[str, Any]]", data.get("components", {}))
    return StackState(
        supervisor=Identity.from_dict(data.get("supervisor")),
        components={name: ComponentState.from_dict(item) for name, item in components.items()},
    )


class Board:
    """The supervisor's side: threads post changes, the file follows (progress at most ten times a second)."""

    def __init__(self, path: Path, supervisor: Identity | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._state = StackState(supervisor=supervisor)
        self._written = 0.0

    def add(self, component: ComponentState) -> None:
        """Put a component on the board."""
        with self._lock:
            self._state.components[component.name] = replace(component, since=_now())
            self._write()

    def has(self, name: str) -> bool:
        """Whether a component is on the board."""
        with self._lock:
            return name in self._state.components

    def get(self, name: str) -> ComponentState:
        """Return a component as it is now."""
        with self._lock:
            return self._state.components[name]

    def update(self, name: str, *, minor: bool = False, **changes: Any) -> None:
        """Change a component. A `minor` change may wait for the next one before it is written."""
        with self._lock:
            old = self._state.components[name]
            if changes.get("phase", old.phase) != old.phase:
                changes = {"since": _now(), "done": None, "total": None, "detail": "", "error": None} | changes
            self._state.components[name] = replace(old, **changes)
            if not minor or time.monotonic() - self._written > _QUIET_SECONDS:
                self._write()

    def _write(self) -> None:
        supervisor = self._state.supervisor
        components = {name: item.as_dict() for name, item in self._state.components.items()}
        write_json(self._path, {"supervisor": supervisor.as_dict() if supervisor else None, "components": components})
        self._written = time.monotonic()


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
