"""A lake without anything in it, for tests that take media in; each uses contents of its own."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator

import pytest

from lakefront.config import Settings
from lakefront.trino import Trino
from tests.support import own_stack

#: A home that is used again has contents of runs before.
_SEEDS = itertools.count(time.time_ns() // 1_000_000 % 2**31)


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A running lake without data.

    LAKEFRONT_TEST_LAKE_HOME names the home of one that runs already, for quick turns while developing.
    """
    parts = ("--only", "objects,catalog,trino", "--no-seed")
    home = tmp_path_factory.mktemp("lake") / "home"
    with own_stack.running_or_named(home, *parts, variable="LAKEFRONT_TEST_LAKE_HOME") as settings:
        yield settings


@pytest.fixture(scope="session")
def engine(lake: Settings) -> Trino:
    """The lake's engine."""
    return Trino.from_settings(lake, source="lakefront-tests")


@pytest.fixture
def seeds() -> Callable[[int], range]:
    """Gives numbers that no other test of this run has; contents are made of them."""

    def take(count: int) -> range:
        first = next(_SEEDS)
        for _ in range(count - 1):
            next(_SEEDS)
        return range(first, first + count)

    return take
