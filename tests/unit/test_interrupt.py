"""Ctrl-C while the command line is still being imported ends in words and with the documented code."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import ROOT, environ

# Put into a process by Python's own hook; `exec` is where dataclasses and named tuples are made.
_INTERRUPT_AT_IMPORT = """
import sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "lakefront.cli.main":
            {how}

sys.meta_path.insert(0, Finder())
"""
_KILL = "import os, signal; os.kill(os.getpid(), signal.SIGINT); [None for _ in range(1000)]"


@pytest.mark.parametrize("how", [_KILL, f"exec({_KILL!r})"], ids=["in a module", "in exec"])
def test_an_interrupt_during_the_imports(tmp_path: Path, how: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(_INTERRUPT_AT_IMPORT.format(how=how), encoding="utf-8")
    # A shell starts what runs in its background deaf to interrupts, and children are as deaf as we are.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ended = subprocess.run(
        [sys.executable, "-m", "lakefront", "--help"],
        cwd=ROOT,
        env=environ({"PYTHONPATH": str(tmp_path)}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 5
    assert ended.stderr == "interrupted before anything was done\n"
