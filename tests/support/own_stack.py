"""Stacks that tests start for themselves, each in a home of its own."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from lakefront.config import Settings, load_settings
from lakefront.trino import Trino
from tests.support.cli import ROOT, lakefront


@contextlib.contextmanager
def running(home: Path, *arguments: str, bundle: Path = ROOT, env: dict[str, str] | None = None) -> Generator[Settings]:
    """Run a stack on free ports, as `lakefront up` with these arguments and variables starts it; stop it after all."""
    chosen = ("--bundle", str(bundle))
    try:
        started = lakefront(*chosen, "up", "--ports", "auto", *arguments, home=home, env=env, timeout=1800)
        assert started.returncode == 0, started.stderr
        yield load_settings(bundle=bundle, home=home, environ={})
    finally:
        lakefront(*chosen, "down", home=home)


@contextlib.contextmanager
def running_or_named(
    home: Path, *arguments: str, bundle: Path = ROOT, variable: str = "LAKEFRONT_TEST_HOME"
) -> Generator[Settings]:
    """Run a stack, as `running`; or take the one that runs already where the environment names its home.

    That is for quick turns while developing.
    """
    named = os.environ.get(variable)
    if named:
        yield load_settings(bundle=bundle, home=Path(named), environ={})
        return
    with running(home, *arguments, bundle=bundle) as settings:
        yield settings


@dataclass(frozen=True)
class OwnStack:
    """A home, and its bundle."""

    bundle: Path
    home: Path

    @property
    def settings(self) -> Settings:
        return load_settings(bundle=self.bundle, home=self.home, environ={})

    def lakefront(self, *arguments: str) -> CompletedProcess[str]:
        return lakefront("--bundle", str(self.bundle), *arguments, home=self.home)

    def trino(self, user: str, source: str = "tests") -> Trino:
        return Trino.from_settings(self.settings, source=source).signed_in_as(user)

    def component(self, name: str) -> dict[str, Any]:
        """Return what `lakefront status` says of a component; nothing when it is not of this stack."""
        shown = json.loads(self.lakefront("status", "--format", "json").stdout)
        return next((row for row in shown if row["component"] == name), {})
