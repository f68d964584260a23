"""A second stack, small and empty, whose Trino obeys policies: for all tests that put rules of their own there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lakefront.config import Settings
from lakefront.iceberg.catalog import connect
from lakefront.semantic.policy.live import mask_key, store_key
from tests.support import own_stack
from tests.support.cli import ROOT

POLICED = ROOT / "tests" / "data" / "policed"


@pytest.fixture(scope="session")
def policed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A running lake without tables, under the rules of `tests/data/policed`; whoever uses it drops what she made.

    LAKEFRONT_TEST_POLICED_HOME names the home of one that runs already, for quick turns while developing.
    """
    parts = ("--only", "objects,catalog,trino", "--no-seed")
    home, variable = tmp_path_factory.mktemp("policed") / "home", "LAKEFRONT_TEST_POLICED_HOME"
    with own_stack.running_or_named(home, *parts, bundle=POLICED, variable=variable) as settings:
        store_key(connect(settings), mask_key(settings.secrets.signing_key))
        yield settings
