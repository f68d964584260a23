"""A stack whose Superset may be changed at will: nobody looks at its numbers, so it has no sample data."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lakefront.config import Settings
from tests.support import own_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A running Superset with the bundle applied, over a Trino without tables.

    LAKEFRONT_TEST_HOME names the home of one that runs already, for quick turns while developing.
    """
    parts = ("--only", "objects,catalog,trino,superset", "--no-seed")
    with own_stack.running_or_named(tmp_path_factory.mktemp("assets") / "home", *parts) as settings:
        yield settings
