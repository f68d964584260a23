"""Programs that come as Debian packages: found, or installed where that is possible."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

import pytest

#: Where packages put programs that are not on everybody's search path.
_ELSEWHERE: Final = ("/usr/lib/postgresql/*/bin", "/usr/sbin")


def program(name: str, *packages: str) -> str:
    """Return the path of a program. Skips the test with a reason where it is missing; on CI that is a failure."""
    found = find(name) or (install(*packages) and find(name))
    if found:
        return found
    reason = f"no {name}: install Debian's packages (apt-get install {' '.join(packages)})"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def find(*names: str) -> str | None:
    """Return the path of the first of these programs that is there."""
    for name in names:
        if path := shutil.which(name):
            return path
        for folder in _ELSEWHERE:
            for candidate in sorted(Path("/").glob(f"{folder.lstrip('/')}/{name}"), reverse=True):
                return str(candidate)
    return None


@cache
def install(*packages: str) -> bool:
    """Install Debian packages, once, when we are root; return whether that was tried.

    No service is started by it: tests start their own.
    """
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run(["apt-get", "update", "-qq"], env=environ, check=False, timeout=300)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    subprocess.run(command, env=environ, check=False, timeout=900, stdout=subprocess.DEVNULL)
    return True
