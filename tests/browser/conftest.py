"""Fixtures of tests in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect


@pytest.fixture
def patience() -> Iterator[None]:
    """Give what must appear half a minute: machines that run the tests are busy."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)
