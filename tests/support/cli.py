"""Run the command line as a user does: as a process, with its exit code and its two streams."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def lakefront(
    *arguments: str, home: Path | None = None, cwd: Path = ROOT, env: dict[str, str] | None = None, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run `lakefront ...` and wait for it."""
    return subprocess.run(
        command(*arguments, home=home),
        cwd=cwd,
        env=environ(env),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def command(*arguments: str, home: Path | None = None) -> list[str]:
    """Return the argument list of a call."""
    return [sys.executable, "-m", "lakefront", *(("--home", str(home)) if home else ()), *arguments]


def environ(extra: dict[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a call: ours without what a developer may have set for Lakefront."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LAKEFRONT_") or k == "LAKEFRONT_CACHE"}
    return {**kept, **(extra or {})}
