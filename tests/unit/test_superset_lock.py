"""Who holds the lock: a process of this machine that has ended, and no other, may be put aside."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from lakefront.superset.lock import Holder, this_process


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing until it is ended."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def _holder(process: subprocess.Popen[bytes]) -> Holder:
    return dataclasses.replace(this_process(), pid=process.pid, born=psutil.Process(process.pid).create_time())


def test_a_living_process_keeps_its_lock(child: subprocess.Popen[bytes]) -> None:
    assert not this_process().gone
    assert not _holder(child).gone


def test_a_killed_process_is_gone(child: subprocess.Popen[bytes]) -> None:
    holder = _holder(child)
    child.kill()
    child.wait()
    assert holder.gone


def test_another_process_of_the_same_number_is_another(child: subprocess.Popen[bytes]) -> None:
    assert dataclasses.replace(_holder(child), born=1.0).gone


@pytest.mark.parametrize("space", ["", "another machine"])
def test_of_other_machines_nothing_is_known(child: subprocess.Popen[bytes], space: str) -> None:
    holder = dataclasses.replace(_holder(child), space=space)
    child.kill()
    child.wait()
    assert not holder.gone
