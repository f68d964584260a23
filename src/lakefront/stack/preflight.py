"""What must be true of the machine before anything is started."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import psutil

from lakefront.config import Settings
from lakefront.errors import CheckFailedError
from lakefront.stack.control import needed_memory_mb
from lakefront.stack.registry import component
from lakefront.stack.state import read_state


def require(settings: Settings, names: Sequence[str]) -> None:
    """Raise CheckFailedError (`memory-low`, `disk-low`) when the named components cannot run here."""
    state = read_state(settings.home.state_file)
    new = [name for name in names if not (state.supervised and state.runs(name))]
    require_memory(new, available_mb=psutil.virtual_memory().available // 1_000_000)
    wanted_mb = sum(component(name).disk_mb for name in new)
    require_disk(settings.cache, wanted_mb=wanted_mb, free_mb=free_mb(settings.cache))
    require_disk(settings.home.root, wanted_mb=500, free_mb=free_mb(settings.home.root))


def require_memory(names: Sequence[str], *, available_mb: int) -> None:
    """Raise CheckFailedError (`memory-low`) when `available_mb` is not enough for the named components."""
    wanted = needed_memory_mb(names)
    if available_mb < wanted:
        raise CheckFailedError(
            "memory-low",
            f"{available_mb:,} MB of memory are free and {', '.join(names)} need about {wanted:,} MB",
            fix="end other programs, leave something out (`lakefront up --without superset`), "
            "or lower [stack.memory] trino_heap in lakefront.toml",
        )


def require_disk(folder: Path, *, wanted_mb: int, free_mb: int) -> None:
    """Raise CheckFailedError (`disk-low`) when `free_mb` is not enough."""
    if free_mb < wanted_mb:
        raise CheckFailedError(
            "disk-low",
            f"{folder} has {free_mb:,} MB free and about {wanted_mb:,} MB are needed",
            fix="free some space, or choose other folders with --home DIR and LAKEFRONT_CACHE",
        )


def free_mb(folder: Path) -> int:
    """Return the free space, in MB, of the file system that holds or will hold a folder."""
    existing = next(item for item in (folder, *folder.parents) if item.exists())
    return shutil.disk_usage(existing).free // 1_000_000
