"""Who applies, and from which commit: what others read beside what was applied."""

from __future__ import annotations

import getpass
import platform
import subprocess
from pathlib import Path


def who_is_here() -> str:
    """Return the person and the machine, for others to read."""
    try:
        return f"{getpass.getuser()}@{platform.node()}"
    except (KeyError, OSError):  # a container whose user has no name
        return platform.node()


def commit_of(bundle: Path) -> str:
    """Return the git commit of a bundle, with `+` when files differ from it; empty where there is no git."""
    try:
        head = _git(bundle, "rev-parse", "--short=12", "HEAD")
        return head + ("+" if _git(bundle, "status", "--porcelain", "--untracked-files=no", "--", ".") else "")
    except (OSError, subprocess.SubprocessError):
        return ""


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - git itself, with fixed arguments
        ["git", "-C", str(folder), *arguments],  # noqa: S607 - whichever git the person has
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )
    return done.stdout.strip()
