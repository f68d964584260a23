"""Processes of the stack: started in their own session, known by pid and start time, ended as a group."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil


@dataclass(frozen=True)
class Launch:
    """How to start a process. `env` is added to the supervisor's own environment."""

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True)
class Identity:
    """A process that cannot be mistaken for a later one with the same pid. `started` is in seconds since 1970."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """Return the identity of a running process, or None when it is gone."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.Error:
            return None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | None) -> Identity | None:
        """Read what `as_dict` wrote."""
        return cls(int(data["pid"]), float(data["started"])) if data else None

    def as_dict(self) -> dict[str, float | int]:
        """Return plain data for the state file."""
        return {"pid": self.pid, "started": self.started}

    def process(self) -> psutil.Process | None:
        """Return the process if it still runs and is the same one."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < 0.05
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None

    @property
    def alive(self) -> bool:
        """Whether that very process still runs."""
        return self.process() is not None

    def memory_bytes(self) -> int:
        """Return the resident memory of the process and its children."""
        process = self.process()
        if process is None:
            return 0
        total = 0
        for member in (process, *_children(process)):
            try:
                total += member.memory_info().rss
            except psutil.Error:
                continue  # ended while we looked
        return total


def spawn(launch: Launch, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, its output on one pipe, with `launch.env` over `environ`."""
    return subprocess.Popen(
        launch.argv,
        cwd=launch.cwd,
        env={**environ, **launch.env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def end(identity: Identity, *, within: float) -> bool:
    """End a process and its children: ask, wait `within` seconds, then force. Return whether it was there."""
    process = identity.process()
    if process is None:
        return False
    members = [process, *_children(process)]
    _signal(process, signal.SIGTERM)
    _, alive = psutil.wait_procs(members, timeout=within)
    for member in alive:
        _signal(member, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=5)
    return True


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
