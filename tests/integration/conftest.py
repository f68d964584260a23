"""A second stack, small and empty, whose Trino obeys policies: for all tests that put rules of their own there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lakefront.config import Settings, load_settings
from lakefront.iceberg.catalog import connect
from lakefront.semantic.policy.live import mask_key, store_key
from tests.support.cli import ROOT, lakefront

POLICED = ROOT / "tests" / "data" / "policed"


@pytest.fixture(scope="session")
def policed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A running lake without tables, under the rules of `tests/data/policed`; whoever uses it drops what she made.

    LAKEFRONT_TEST_POLICED_HOME names the home of one that runs already, for quick turns while developing.
    """
    running = os.environ.get("LAKEFRONT_TEST_POLICED_HOME")
    if running:
        yield load_settings(bundle=POLICED, home=Path(running), environ={})
        return
    home: Path = tmp_path_factory.mktemp("policed") / "home"
    bundle = ("--bundle", str(POLICED))
    parts = ("--only", "objects,catalog,trino", "--ports", "auto", "--no-seed")
    try:
        started = lakefront(*bundle, "up", *parts, home=home, timeout=900)
        assert started.returncode == 0, started.stderr
        settings = load_settings(bundle=POLICED, home=home, environ={})
        store_key(connect(settings), mask_key(settings.secrets.signing_key))
        yield settings
    finally:
        lakefront(*bundle, "down", home=home)
