"""A stack whose Superset may be changed at will: nobody looks at its numbers, so it has no sample data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lakefront.config import Settings, load_settings
from tests.support import own_stack
from tests.support.cli import ROOT


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A running Superset with the bundle applied, over a Trino without tables.

    LAKEFRONT_TEST_HOME names the home of one that runs already, for quick turns while developing.
    """
    running = os.environ.get("LAKEFRONT_TEST_HOME")
    if running:
        yield load_settings(bundle=ROOT, home=Path(running))
        return
    parts = ("--only", "objects,catalog,trino,superset", "--no-seed")
    with own_stack.running(tmp_path_factory.mktemp("assets") / "home", *parts) as settings:
        yield settings
